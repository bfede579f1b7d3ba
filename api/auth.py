"""Who may call: holders of the token, or, where none is set, this machine only."""

from __future__ import annotations

import hmac
import ipaddress
from hashlib import sha256
from urllib.parse import quote, urlsplit

from starlette.datastructures import Headers
from starlette.requests import cookie_parser
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from api.problems import problem

COOKIE = "threadline"
UNREDACTED = "threadline.unredacted"
"""Where a request's scope says whether its caller may hear what is muted for others."""
SIGN_IN = "/sign-in"
_PROBES = frozenset({"/healthz", "/readyz"})
_OPEN_WITH_TOKEN = (SIGN_IN, "/static/")
_READING = frozenset({"GET", "HEAD", "OPTIONS"})
_MACHINE_PATHS = ("/v1/", "/metrics", "/openapi.json")


class Guard:
    """Lets requests pass or refuses them; everything but the two probes is closed by default.

    Without a token the caller's address and the Host that it names must both be loopback, because
    a page elsewhere can make its own host name resolve to this machine (DNS rebinding). Only
    holders of the token `unredacted` may hear what is muted; it opens everything else as well.
    """

    def __init__(self, app: ASGIApp, token: str, unredacted: str = "") -> None:
        self._app = app
        self._token = token
        self._unredacted = unredacted

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a refused request; pass on any other."""
        refusal = self._refusal(scope) if scope["type"] == "http" else None
        if refusal is None:
            if scope["type"] == "http":
                scope[UNREDACTED] = _holds(Headers(scope=scope), self._unredacted)
            await self._app(scope, receive, send)
        else:
            await refusal(scope, receive, send)

    def _refusal(self, scope: Scope) -> Response | None:
        path, headers = scope["path"], Headers(scope=scope)
        if path in _PROBES:
            return None
        if not self._token:
            if not (_is_local_client(scope) and is_loopback(_hostname(headers))):
                return problem(
                    403, "without a token only this machine may call, by a loopback address"
                )
        elif not path.startswith(_OPEN_WITH_TOKEN) and not self._is_known(headers):
            return _ask_to_sign_in(scope, headers)
        if scope["method"] not in _READING and _is_foreign(headers):
            return problem(403, "a page of another origin may not send this")
        return None

    def _is_known(self, headers: Headers) -> bool:
        return _holds(headers, self._token) or _holds(headers, self._unredacted)


def may_hear_all(scope: Scope) -> bool:
    """Tell whether the caller may hear what is muted for others."""
    return scope.get(UNREDACTED) is True


def _holds(headers: Headers, token: str) -> bool:
    """Tell whether a request proves that its sender has a token; nobody has an empty one."""
    if not token:
        return False
    scheme, _, given = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and is_token(given.strip(), token):
        return True
    cookie = cookie_parser(headers.get("cookie", "")).get(COOKIE, "")
    return _equal(cookie, cookie_value(token))


def is_token(given: str, token: str) -> bool:
    """Compare a token in constant time; no token is never a right one."""
    return bool(token) and _equal(given, token)


def cookie_value(token: str) -> str:
    """Derive what the console's cookie holds: proof of the token, not the token."""
    return hmac.new(token.encode(), b"threadline console", sha256).hexdigest()


def is_loopback(host: str | None) -> bool:
    """Tell whether a host name or address can only mean this machine."""
    if host is None:
        return False
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def local_path(text: str) -> str:
    """Give a path of this site to go to, `/` for anything else: no way out to other sites."""
    stays = text.startswith("/") and not text.startswith(("//", "/\\")) and text.isprintable()
    return text if stays and text.isascii() else "/"


def _is_local_client(scope: Scope) -> bool:
    client = scope.get("client")
    return client is not None and is_loopback(client[0])


def _hostname(headers: Headers) -> str | None:
    hosts = headers.getlist("host")
    if len(hosts) != 1:
        return None
    try:
        return urlsplit(f"//{hosts[0]}").hostname
    except ValueError:
        return None


def _is_foreign(headers: Headers) -> bool:
    if headers.get("sec-fetch-site") in ("cross-site", "same-site"):
        return True
    origin = headers.get("origin")
    return origin is not None and origin.partition("://")[2] != headers.get("host", "")


def _ask_to_sign_in(scope: Scope, headers: Headers) -> Response:
    path = scope["path"]
    is_page = "text/html" in headers.get("accept", "") and not path.startswith(_MACHINE_PATHS)
    if is_page and scope["method"] in _READING:
        query = scope["query_string"].decode("latin-1")
        wanted = path + (f"?{query}" if query else "")
        return RedirectResponse(f"{SIGN_IN}?next={quote(wanted, safe='/')}", 303)
    return problem(401, "a valid token is needed", headers={"WWW-Authenticate": "Bearer"})


def _equal(given: str, expected: str) -> bool:
    return hmac.compare_digest(
        given.encode("utf-8", "surrogatepass"), expected.encode("utf-8", "surrogatepass")
    )
