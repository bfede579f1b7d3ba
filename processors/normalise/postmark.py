"""Turn a Postmark inbound webhook into the mail it was made of."""

from __future__ import annotations

from email import policy
from email.message import EmailMessage

from processors.normalise.json_text import JsonObject
from schemas.errors import InvalidEvent

_COPIED = (("From", "From"), ("To", "To"), ("Cc", "Cc"), ("Subject", "Subject"), ("Date", "Date"))
_THREADING = frozenset({"message-id", "in-reply-to", "references"})


def looks_like_postmark(document: JsonObject) -> bool:
    """Tell whether a JSON object is a mail that Postmark hands on."""
    return {"MessageStream", "MessageID", "FromFull", "ToFull"} <= document.keys()


def postmark_mail(document: JsonObject) -> bytes:
    """Give the raw mail, as it came where the webhook carries it, else built from its fields.

    Attachments are not carried over from the fields.

    Raises:
        InvalidEvent: `invalid_field` where the fields do not make a mail.
    """
    raw = document.get("RawEmail")
    if isinstance(raw, str) and raw.strip():
        return raw.encode("utf-8", "replace")
    mail = EmailMessage(policy=policy.default)
    try:
        for header, name in _COPIED:
            if _line(document.get(name)):
                mail[header] = _line(document.get(name))
        for item in document.get("Headers") or []:
            if str(item["Name"]).lower() in _THREADING and item["Name"] not in mail:
                mail[str(item["Name"])] = _line(item["Value"])
        if "Message-ID" not in mail:
            mail["Message-ID"] = f"<{_line(document['MessageID'])}@inbound>"
        mail.set_content(str(document.get("TextBody") or ""))
        if document.get("HtmlBody"):
            mail.add_alternative(str(document["HtmlBody"]), subtype="html")
        return mail.as_bytes()
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        raise InvalidEvent(
            "invalid_field", "the Postmark fields do not make a mail", field="$"
        ) from error


def _line(value: object) -> str:
    return " ".join(str(value or "").encode("utf-8", "replace").decode().split())
