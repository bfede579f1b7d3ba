"""Every error that Threadline raises on purpose.

ThreadlineError
├── InvalidEvent      the input is wrong and will stay wrong: reject or dead-letter it
├── Unavailable       something outside is not there now: retry with back-off
├── Conflict          somebody else committed first: read again
├── PolicyViolation   consent or access forbids it
└── ConfigError       the settings or the command line are wrong: exit code 2
"""

from __future__ import annotations


class ThreadlineError(Exception):
    """Something that Threadline raises on purpose; the message is meant for people."""

    def __init__(self, message: str = "") -> None:
        super().__init__(message or (type(self).__doc__ or "").strip())


class InvalidEvent(ThreadlineError):
    """The input is wrong and will stay wrong.

    `reason` is a stable code such as `invalid_json` or `truncated_audio`; `field` is the path of
    the offending field (`$.party.name`); `line` counts from 1 inside a file of many events.
    """

    def __init__(
        self, reason: str, message: str, *, field: str | None = None, line: int | None = None
    ) -> None:
        where = "".join(
            (f" (line {line})" if line is not None else "", f" at {field}" if field else "")
        )
        super().__init__(f"{message}{where}")
        self.reason = reason
        self.detail = message
        self.field = field
        self.line = line


class Unavailable(ThreadlineError):
    """Something outside cannot be reached now; the same call may succeed later."""


class Conflict(ThreadlineError):
    """Somebody else committed first; read again before trying once more."""


class PolicyViolation(ThreadlineError):
    """Consent or access rules forbid this."""


class ConfigError(ThreadlineError):
    """The settings or the command line are wrong."""
