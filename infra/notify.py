"""Deliver notifications to a webhook and to the log."""

from __future__ import annotations

import hashlib
import hmac
import logging
from types import TracebackType
from typing import Self

import httpx

from schemas.alert import Notification
from schemas.base import encode
from schemas.errors import ConfigError, Unavailable

log = logging.getLogger(__name__)

SIGNATURE = "X-Threadline-Signature"
TIMEOUT_S = 5.0


def sign(secret: str, body: bytes) -> str:
    """Sign a body: `sha256=` and the HMAC-SHA256 of the bytes sent, in hexadecimal."""
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


class Notifier:
    """Posts notifications as JSON to `url`, or only logs them where there is none.

    The header `Idempotency-Key` carries the notification's id: whoever receives one twice must
    act once. With a `secret`, the body is signed. Logs name the alert, never its words.

    Raises:
        ConfigError: `url` is not a http or https address.
    """

    def __init__(
        self, url: str | None = None, *, secret: str | None = None, timeout_s: float = TIMEOUT_S
    ) -> None:
        if url is not None and httpx.URL(url).scheme not in ("http", "https"):
            raise ConfigError("the webhook must be a http or https address")
        self._url = url
        self._secret = secret
        # The client's own log lines name the address, which often carries a token.
        logging.getLogger("httpx").setLevel(logging.WARNING)
        self._client = httpx.Client(timeout=timeout_s, follow_redirects=False)

    def send(self, notification: Notification) -> None:
        """Deliver one notification; returns once the receiver has accepted it.

        Raises:
            Unavailable: no answer in time, or any answer but success; try again later.
        """
        alert = notification.alert
        if self._url is None:
            log.info("alert %s is %s, no webhook is set", alert.id, alert.state)
            return
        body = encode(notification)
        headers = {"Content-Type": "application/json", "Idempotency-Key": notification.id}
        if self._secret is not None:
            headers[SIGNATURE] = sign(self._secret, body)
        try:
            answer = self._client.post(self._url, content=body, headers=headers)
        except httpx.HTTPError as error:
            # The vendor's message may hold the address with its token.
            raise Unavailable(f"the webhook gave no answer: {type(error).__name__}") from error
        if not answer.is_success:
            raise Unavailable(f"the webhook answered {answer.status_code}")
        log.info("alert %s is %s, the webhook has it", alert.id, alert.state)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
