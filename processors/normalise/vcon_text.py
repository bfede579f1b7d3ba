"""Find the words in what a vCon carries: text dialogs, analyses and attachments."""

from __future__ import annotations

import re
from typing import Any

from processors.normalise.html import html_to_text
from processors.normalise.json_text import JsonObject
from processors.normalise.mime import parse_mail, read_body
from processors.normalise.vcon_reader import Dialog
from schemas.errors import InvalidEvent

LONGEST_NOTE = 100_000


def dialog_text(dialog: Dialog) -> str:
    """Give the words of a text dialog; HTML and mail bodies become plain text."""
    content = dialog.content
    if content is None:
        return ""
    mediatype = re.sub(r"\s+", " ", dialog.mediatype or "text/plain")
    if mediatype.lower().startswith(("multipart/", "message/")):
        return _mail_text(mediatype, content)
    text = content.decode("utf-8", "replace") if isinstance(content, bytes) else content
    return html_to_text(text) if "html" in mediatype.lower() else text


def analysis_text(item: JsonObject) -> str | None:
    """Give the words of an analysis or attachment where it has any, cut to `LONGEST_NOTE`.

    Understands plain text, turns of speaker and message, the WTF transcript and the
    transcripts of one vendor; other bodies have no words.
    """
    body = item.get("body")
    words = _words(body)
    if words is None:
        return None
    return words[:LONGEST_NOTE].encode("utf-8", "replace").decode("utf-8") or None


def _mail_text(mediatype: str, content: str | bytes) -> str:
    raw = content if isinstance(content, bytes) else content.encode("utf-8", "replace")
    mail = raw
    if mediatype.lower().startswith("multipart/"):
        mail = f"MIME-Version: 1.0\r\nContent-Type: {mediatype}\r\n\r\n".encode() + raw
    try:
        return read_body(parse_mail(mail)).text
    except InvalidEvent:
        # Better the words with their wrapping than none of them.
        return raw.decode("utf-8", "replace")


def _words(body: Any) -> str | None:  # a body is any JSON
    if isinstance(body, str):
        return body
    if isinstance(body, list):
        turns = [_turn(turn) for turn in body if isinstance(turn, dict)]
        return "\n".join(turn for turn in turns if turn) or None
    if not isinstance(body, dict):
        return None
    transcript = body.get("transcript")
    if isinstance(transcript, dict):
        transcript = transcript.get("text")
    return transcript if isinstance(transcript, str) else _channels_words(body)


def _turn(turn: JsonObject) -> str:
    words = turn.get("message", turn.get("text"))
    speaker = turn.get("speaker")
    if not isinstance(words, str):
        return ""
    return f"{speaker}: {words}" if isinstance(speaker, str) else words


def _channels_words(body: JsonObject) -> str | None:
    try:
        found = [
            channel["alternatives"][0]["transcript"] for channel in body["results"]["channels"]
        ]
    except (KeyError, IndexError, TypeError):
        return None
    return "\n".join(text for text in found if isinstance(text, str)) or None
