"""Who may call the API, what every answer carries, and that no input breaks it."""

from __future__ import annotations

import asyncio
import logging
import re
from pathlib import Path
from urllib.parse import quote

import httpx
import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.types import Receive, Scope, Send

from api.auth import COOKIE, cookie_value, local_path
from api.envelope import Envelope
from api.routes.catalogue import OPERATIONS
from schemas.metrics import METRICS
from tests.e2e.http_home import Caller, Home, as_json, message

pytestmark = pytest.mark.e2e

TOKEN = "a long token"
BEARER = {"authorization": f"Bearer {TOKEN}"}
REFERENCE = Path(__file__).parents[2] / "docs/reference/http-api.md"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    return Home(tmp_path_factory.mktemp("doors"))


@pytest.fixture(scope="module")
def open_caller(home: Home) -> Caller:
    return home.caller()


@pytest.fixture(scope="module")
def closed(home: Home) -> Caller:
    return home.caller(token=TOKEN)


@pytest.mark.parametrize("path", ["/v1/alerts", "/metrics", "/openapi.json", "/v1/nothing", "/"])
def test_without_the_token_nothing_but_the_probes_answers(closed: Caller, path: str) -> None:
    answer = closed.get(path)

    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert closed.get("/healthz").status_code == closed.get("/readyz").status_code == 200


@pytest.mark.parametrize(
    "header", ["Bearer", "Bearer x", f"Basic {TOKEN}", TOKEN, "Bearer é", f"Bearer {TOKEN}x"]
)
def test_a_wrong_token_is_refused(closed: Caller, header: str) -> None:
    given_ = header.encode("latin-1")
    assert closed.get("/v1/alerts", headers={b"authorization": given_}).status_code == 401


def test_the_token_opens_from_any_address_and_under_any_name(closed: Caller) -> None:
    far = closed.from_("203.0.113.9").naming("threadline.example")

    assert far.get("/v1/alerts", headers=BEARER).status_code == 200


def test_a_browser_is_led_to_the_sign_in_page_and_back(closed: Caller) -> None:
    led = closed.get("/customers/a?x=1&y=2", headers={"accept": "text/html"})
    assert led.status_code == 303
    page = closed.get(led.headers["location"])
    assert 'value="/customers/a?x=1&amp;y=2"' in page.text

    form = {"token": TOKEN, "next": "/customers/a?x=1&y=2"}
    answer = closed.post("/sign-in", data=form)
    assert answer.status_code == 303
    assert answer.headers["location"] == "/customers/a?x=1&y=2"
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    assert TOKEN not in cookie
    assert closed.get("/v1/alerts", headers={"cookie": cookie.partition(";")[0]}).is_success


def test_a_wrong_token_at_the_sign_in_page_sets_no_cookie(closed: Caller) -> None:
    answer = closed.post("/sign-in", data={"token": "guess"})

    assert answer.status_code == 401
    assert "set-cookie" not in answer.headers


def test_nobody_signs_in_where_no_token_is_set(open_caller: Caller) -> None:
    assert open_caller.post("/sign-in", data={"token": ""}).status_code == 401


@pytest.mark.parametrize(
    "elsewhere", ["//evil.example", "/\\evil.example", "https://evil.example", "/\t/evil.example"]
)
def test_signing_in_never_leads_to_another_site(elsewhere: str) -> None:
    assert local_path(elsewhere) == "/"


def test_a_cookie_of_another_token_is_refused(closed: Caller) -> None:
    headers = {"cookie": f"{COOKIE}={cookie_value('another token')}"}

    assert closed.get("/v1/alerts", headers=headers).status_code == 401


@pytest.mark.parametrize("address", ["203.0.113.9", "10.0.0.1", "testclient", "::ffff:10.0.0.1"])
def test_without_a_token_set_other_machines_may_not_call(open_caller: Caller, address: str) -> None:
    assert open_caller.from_(address).get("/v1/alerts").status_code == 403
    assert open_caller.from_(address).get("/").status_code == 403


@pytest.mark.parametrize(
    "host", ["evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "10.0.0.1:8600"]
)
def test_a_name_that_was_bent_to_this_machine_is_refused(open_caller: Caller, host: str) -> None:
    assert open_caller.naming(host).get("/v1/alerts").status_code == 403


@pytest.mark.parametrize("host", ["localhost:8600", "127.0.0.1", "[::1]:8600"])
def test_loopback_may_call_by_each_of_its_names(open_caller: Caller, host: str) -> None:
    assert open_caller.naming(host).get("/v1/alerts").status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": "http://127.0.0.1:9999"},
        {"sec-fetch-site": "cross-site"},
    ],
)
def test_a_page_of_another_origin_cannot_send_anything(
    open_caller: Caller, closed: Caller, headers: dict[str, str]
) -> None:
    for caller in (open_caller, closed):
        answer = caller.post("/v1/events", json=message(1), headers={**BEARER, **headers})
        assert answer.status_code == 403


def test_our_own_page_may_send(open_caller: Caller) -> None:
    headers = {"origin": "http://127.0.0.1:8600", "sec-fetch-site": "same-origin"}

    assert open_caller.post("/v1/events", json=message(1), headers=headers).status_code == 202


@pytest.mark.parametrize("path", ["/healthz", "/v1/nothing", "/v1/alerts", "/sign-in"])
def test_every_answer_forbids_framing_sniffing_and_foreign_content(
    closed: Caller, path: str
) -> None:
    headers = closed.get(path).headers

    assert "default-src 'self'" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cache-control"] == "no-store"
    assert "access-control-allow-origin" not in headers


def test_what_nobody_foresaw_becomes_a_problem_and_its_words_stay_out_of_the_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        raise ValueError("Ana's card is 4000 0566 5566 5556")

    async def exchange() -> httpx.Response:
        transport = httpx.ASGITransport(app=Envelope(app, lambda *_: None))
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            return await client.get("/v1/x")

    with caplog.at_level(logging.DEBUG):
        answer = asyncio.run(exchange())
    assert answer.status_code == 500
    assert answer.headers["content-type"] == "application/problem+json"
    assert "4000" not in caplog.text + answer.text
    assert "ValueError" in caplog.text


def test_a_wrong_method_or_body_type_is_a_problem_too(open_caller: Caller) -> None:
    wrong = open_caller.send("DELETE", "/v1/events")
    assert wrong.status_code == 405
    assert wrong.headers["allow"] == "POST"
    assert wrong.headers["content-type"] == "application/problem+json"
    for path in ("/v1/events", "/v1/recordings", "/v1/identity/links"):
        assert open_caller.post(path, content=b"x").status_code == 415


NOISE = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=8,
)
FIELDS = [*message(1), "parties", "media", "link", "survey", "consent", "attributes"]


@NOISE
@given(body=st.binary(max_size=400), kind=st.sampled_from(["json", "x-ndjson"]))
def test_no_bytes_break_the_door_for_events(open_caller: Caller, body: bytes, kind: str) -> None:
    headers = {"content-type": f"application/{kind}"}

    answer = open_caller.post("/v1/events", content=body, headers=headers)
    assert answer.status_code in (202, 422)


@NOISE
@given(changes=st.dictionaries(st.sampled_from(FIELDS), JSON_VALUES, max_size=3))
def test_no_value_in_any_field_breaks_the_door_for_events(
    open_caller: Caller, changes: dict[str, object]
) -> None:
    # ensure_ascii writes lone surrogates as escapes, as careless senders do.
    answer = open_caller.post(
        "/v1/events",
        content=as_json([{**message(1), **changes}]),
        headers={"content-type": "application/json"},
    )
    assert answer.status_code in (202, 422)


@pytest.mark.parametrize("body", [b"[" * 100_000, b'{"a":' * 100_000, b'{"id":"\\ud800"}', b"[1,"])
def test_hostile_json_is_refused(open_caller: Caller, body: bytes) -> None:
    headers = {"content-type": "application/json"}

    assert open_caller.post("/v1/events", content=body, headers=headers).status_code == 422


@NOISE
@given(body=st.binary(max_size=300))
def test_no_bytes_break_the_doors_for_recordings_and_statements(
    open_caller: Caller, body: bytes
) -> None:
    form = {"content-type": "multipart/form-data; boundary=x"}
    assert open_caller.post("/v1/recordings", content=body, headers=form).status_code in (400, 422)
    part = b'--x\r\nContent-Disposition: form-data; name="audio"; filename="a"\r\n\r\n'
    whole = part + body + b"\r\n--x--\r\n"
    assert open_caller.post("/v1/recordings", content=whole, headers=form).status_code in (400, 422)
    kind = {"content-type": "application/json"}
    answer = open_caller.post("/v1/identity/links", content=body, headers=kind)
    assert answer.status_code == 422


@NOISE
@given(text=st.text(min_size=1, max_size=40))
def test_no_text_breaks_what_is_read(open_caller: Caller, text: str) -> None:
    name = quote(text, safe="", errors="replace")
    for path in (
        f"/v1/customers/{name}",
        f"/v1/customers/{name}/timeline",
        f"/v1/customers/{name}/timeline?after={name}",
        f"/v1/customers/{name}/why?b={name}",
        f"/v1/interactions/{name}",
        f"/v1/search?q={name}&after={name}",
        f"/v1/search?q={name}",
        f"/v1/ledger?after={name}&tenant={name}",
        f"/v1/alerts/{name}",
    ):
        assert open_caller.get(path).status_code < 500, path


def test_the_openapi_document_names_every_route_and_resolves(open_caller: Caller) -> None:
    document = open_caller.get("/openapi.json").json()

    described = {
        (method.upper(), path) for path, item in document["paths"].items() for method in item
    }
    assert described == {(o.method, o.template) for o in OPERATIONS}
    references = set(
        re.findall(r'"#/components/schemas/(\w+)"', msgspec.json.encode(document).decode())
    )
    assert references <= document["components"]["schemas"].keys()
    limit = next(
        one
        for one in document["paths"]["/v1/search"]["get"]["parameters"]
        if one["name"] == "limit"
    )
    assert limit["schema"]["maximum"] == 1000


def test_the_reference_describes_every_route_with_an_example() -> None:
    page = REFERENCE.read_text("utf-8")
    described = re.findall(r"^### `(\w+) (/[^`]*)`$", page, re.MULTILINE)

    assert sorted(described) == sorted((o.method, o.template) for o in OPERATIONS)
    for section in page.split("\n### ")[1:]:
        assert "```" in section, section.splitlines()[0]


def test_the_reference_names_every_parameter_and_metric() -> None:
    page = REFERENCE.read_text("utf-8")
    for operation in OPERATIONS:
        section = page.split(f"### `{operation.method} {operation.template}`")[1]
        section = section.split("\n### ")[0]
        for name in set(operation.query.__struct_fields__) - {"tenant"}:
            assert f"`{name}`" in section, (operation.template, name)
    for metric in METRICS:
        # What a worker on a cluster measures, its own health server gives.
        assert f"`{metric.name}`" in page or "_worker_" in metric.name
