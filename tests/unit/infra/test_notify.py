from __future__ import annotations

import hashlib
import hmac
import logging
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

import pytest

from infra.notify import SIGNATURE, Notifier, sign
from schemas.alert import Alert, Notification
from schemas.base import decode
from schemas.errors import ConfigError, Unavailable

AT = datetime(2026, 3, 2, 10, 15, tzinfo=UTC)
NOTE = Notification(
    id="note-1",
    tenant="acme",
    alert=Alert(
        id="alert-1",
        tenant="acme",
        rule="negative-spike",
        segment="queue=billing",
        started_at=AT,
        fired_at=AT,
        terms=("confidential",),
    ),
)


class Receiver(BaseHTTPRequestHandler):
    status: ClassVar[int] = 204
    got: ClassVar[list[tuple[dict[str, str], bytes]]] = []

    def do_POST(self) -> None:
        length = int(self.headers["Content-Length"])
        self.got.append((dict(self.headers.items()), self.rfile.read(length)))
        self.send_response(self.status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing on the console."""


@pytest.fixture
def address() -> Iterator[str]:
    Receiver.status, Receiver.got = 204, []
    server = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/hook?token=hidden"
    server.shutdown()
    thread.join()
    server.server_close()


def test_the_receiver_gets_the_notification_with_its_key_and_a_signature(address: str) -> None:
    with Notifier(address, secret="s3cret") as notifier:
        notifier.send(NOTE)
    [(headers, body)] = Receiver.got
    assert decode(body, Notification) == NOTE
    assert headers["Idempotency-Key"] == "note-1"
    expected = hmac.new(b"s3cret", body, hashlib.sha256).hexdigest()
    assert headers[SIGNATURE] == f"sha256={expected}" == sign("s3cret", body)


def test_without_a_secret_nothing_is_signed(address: str) -> None:
    with Notifier(address) as notifier:
        notifier.send(NOTE)
    assert SIGNATURE not in Receiver.got[0][0]


@pytest.mark.parametrize("status", [302, 404, 500])
def test_an_answer_that_is_not_success_is_tried_again_later(address: str, status: int) -> None:
    Receiver.status = status
    with Notifier(address) as notifier, pytest.raises(Unavailable, match=str(status)):
        notifier.send(NOTE)


def test_a_receiver_that_is_not_there_is_unavailable_and_its_address_is_not_told() -> None:
    with (
        Notifier("http://127.0.0.1:9/?token=hidden", timeout_s=2) as notifier,
        pytest.raises(Unavailable) as failed,
    ):
        notifier.send(NOTE)
    assert "hidden" not in str(failed.value)


def test_the_log_names_the_alert_and_no_words(
    address: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    with Notifier(address) as notifier:
        notifier.send(NOTE)
    with Notifier() as notifier:
        notifier.send(NOTE)
    assert "alert-1" in caplog.text
    for private in ("confidential", "billing", "hidden", "acme"):
        assert private not in caplog.text


def test_an_address_of_another_kind_is_a_wrong_setting() -> None:
    with pytest.raises(ConfigError):
        Notifier("ftp://127.0.0.1/")
