"""Sign in to the console with the token; scripts send the token itself instead."""

from __future__ import annotations

from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from api.auth import COOKIE, SIGN_IN, cookie_value, is_token, local_path
from api.pages.frame import render
from api.routes.body import read_body
from api.routes.desk import Desk
from api.routes.operation import Nothing, Operation
from schemas.base import Contract

LARGEST_FORM = 8 << 10
FORM = "application/x-www-form-urlencoded"


class SignInForm(Contract, frozen=True, kw_only=True):
    """The form of the sign-in page; `next` is the path to go to."""

    token: str
    next: str = "/"


async def show(desk: Desk, request: Request) -> Response:
    """Show the form."""
    return _page(request, local_path(request.query_params.get("next", "/")))


async def sign_in(desk: Desk, request: Request) -> Response:
    """Check the token and set the cookie."""
    body = await read_body(request, LARGEST_FORM)
    fields = parse_qs(body.decode("utf-8", "replace"), max_num_fields=10)
    token, wanted = (fields.get(name, [""])[0] for name in ("token", "next"))
    goal = local_path(wanted)
    services = desk.services
    if not (is_token(token, services.token) or is_token(token, services.token_unredacted)):
        return _page(request, goal, wrong=True)
    answer = RedirectResponse(goal, 303)
    answer.set_cookie(
        COOKIE,
        cookie_value(token),
        httponly=True,
        samesite="strict",
        secure=request.url.scheme == "https",
    )
    return answer


async def sign_out(desk: Desk, request: Request) -> Response:
    """Forget the cookie."""
    answer = RedirectResponse(SIGN_IN, 303)
    answer.delete_cookie(COOKIE, httponly=True, samesite="strict")
    return answer


def _page(request: Request, goal: str, *, wrong: bool = False) -> Response:
    return render(request, "sign_in.html", status=401 if wrong else 200, failed=wrong, next=goal)


OPERATIONS = (
    Operation(
        method="GET",
        path=SIGN_IN,
        about="Show the page that asks for the token.",
        handle=show,
        query=Nothing,
        gives="text/html",
        is_open=True,
    ),
    Operation(
        method="POST",
        path=SIGN_IN,
        about="Exchange the token for the console's cookie.",
        handle=sign_in,
        query=Nothing,
        sends=((FORM, SignInForm),),
        gives="text/html",
        status=303,
        problems=(401, 413),
        is_open=True,
    ),
    Operation(
        method="POST",
        path="/sign-out",
        about="Forget the console's cookie.",
        handle=sign_out,
        query=Nothing,
        gives="text/html",
        status=303,
    ),
)
