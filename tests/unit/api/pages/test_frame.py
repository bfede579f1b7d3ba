from __future__ import annotations

from starlette.requests import Request

from api.pages.frame import render, tenant_of


def request(query: str = "", cookie: str = "") -> Request:
    headers = [(b"cookie", cookie.encode())] if cookie else []
    return Request(
        {
            "type": "http",
            "method": "GET",
            "path": "/sign-in",
            "query_string": query.encode(),
            "headers": headers,
            "server": ("127.0.0.1", 80),
            "scheme": "http",
        }
    )


def test_the_sign_in_page_escapes_where_to_go_and_tells_a_wrong_token() -> None:
    page = bytes(render(request(), "sign_in.html", failed=True, next='/"><script>').body).decode()

    assert 'name="token"' in page
    assert "That is not the token." in page
    assert "<script>" not in page.partition("<body")[2]
    assert "&#34;&gt;&lt;script&gt;" in page


def test_the_tenant_of_the_address_is_kept_for_the_next_page() -> None:
    answer = render(request("tenant=b%C3%BCro+1"), "sign_in.html")
    cookie = answer.headers["set-cookie"].partition(";")[0]

    assert tenant_of(request(cookie=cookie)) == "büro 1"
    assert tenant_of(request("tenant=other", cookie)) == "other"
    assert tenant_of(request()) == "default"
