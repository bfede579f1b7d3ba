"""Every error that Threadline raises on purpose.

ThreadlineError
├── InvalidEvent      the input is wrong and will stay wrong: reject or dead-letter it
├── Refused           the search engine will not take some documents of a batch
├── Unavailable       something outside is not there now: retry with back-off
├── QueryError        a search query cannot be read: show where
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


class Refused(ThreadlineError):
    """Some documents of a batch cannot be indexed, now or ever; the others were.

    `reasons` says why, by the documents' ids.
    """

    def __init__(self, reasons: dict[str, str]) -> None:
        super().__init__(f"{len(reasons)} documents cannot be indexed")
        self.reasons = reasons


class QueryError(ThreadlineError):
    """A search query cannot be read.

    `position` counts characters of `query` from 0 and `length` says how many of them are meant.
    """

    def __init__(
        self, message: str, *, query: str = "", position: int = 0, length: int = 1
    ) -> None:
        super().__init__(message)
        self.query = query
        self.position = position
        self.length = length

    @property
    def pointer(self) -> str:
        """Show the query with carets under the characters that are meant, on two lines."""
        line = "".join(" " if sign.isspace() else sign for sign in self.query)
        return f"{line}\n{' ' * self.position}{'^' * max(1, self.length)}"


class Unavailable(ThreadlineError):
    """Something outside cannot be reached now; the same call may succeed later."""


class Conflict(ThreadlineError):
    """Somebody else committed first; read again before trying once more."""


class PolicyViolation(ThreadlineError):
    """Consent or access rules forbid this."""


class ConfigError(ThreadlineError):
    """The settings or the command line are wrong."""
