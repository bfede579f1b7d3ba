"""Turn HTML into readable text; what a reader cannot see is left out."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html import unescape

from selectolax.lexbor import LexborHTMLParser, LexborNode

from processors.normalise.text import clean_text

LONGEST_HTML = 4_000_000
"""Characters of HTML that are read; what comes after them is left out."""

_UNSEEN_TAGS = frozenset(
    {"head", "style", "script", "title", "template", "noscript", "object", "iframe", "svg", "math"}
    | {"select", "-comment"}
)
_BLOCKS = frozenset(
    {"address", "article", "aside", "body", "center", "dd", "div", "dl", "dt", "fieldset", "figure"}
    | {"footer", "form", "header", "hr", "html", "li", "main", "nav", "section", "tr"}
)
_PARAGRAPHS = frozenset(
    ("blockquote", "h1", "h2", "h3", "h4", "h5", "h6", "ol", "p", "pre", "table", "ul")
)
_UNSEEN_STYLE = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|mso-hide\s*:\s*all"
    r"|(?:font-size|max-height|opacity)\s*:\s*0(?![.\d])",
    re.IGNORECASE,
)
_TAG = re.compile(r"<[^<>]*>")
_NESTING_TAG = re.compile(
    r"<(/?)(?!br|hr|img|input|meta|link|wbr|col|area|p\b|li\b)[a-z]", re.IGNORECASE
)
_SMALL_HTML = 40_000
_DEEPEST = 2_000
# Mail programs wrap the mail they answer in these where they use no blockquote.
_QUOTE_IDS = frozenset({"OLK_SRC_BODY_SECTION", "mail-editor-reference-message-container"})
_QUOTE_CLASSES = re.compile(r"(?:^|\s)(?:yahoo_quoted|zmail_extra|protonmail_quote)(?:\s|$)")


@dataclass
class _Page:
    """Lines written so far, and the line that is being written."""

    lines: list[str] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    quoted: int = 0
    verbatim: int = 0

    def break_line(self, *, always: bool = False) -> None:
        """End the line; an empty one is written only if `always`."""
        text = "".join(self.words)
        self.words.clear()
        kept = text.rstrip() if self.verbatim else " ".join(text.split())
        if kept or always:
            self.lines.append(("> " * self.quoted + kept).rstrip())

    def break_paragraph(self) -> None:
        """End the line and leave one line empty."""
        self.break_line()
        if self.lines and self.lines[-1].strip("> "):
            self.lines.append((">" * self.quoted).rstrip())

    def write(self, text: str) -> None:
        """Add words to the line."""
        if not self.verbatim:
            self.words.append(text)
            return
        first, *others = text.split("\n")
        self.words.append(first)
        for line in others:
            self.break_line(always=True)
            self.words.append(line)


def html_to_text(html: str) -> str:
    """Read HTML as text: blocks are lines, cells of a table are two spaces apart.

    Scripts, styles and hidden elements are left out. A quoted mail keeps the `> ` of plain text.
    The answer holds no markup, but is not escaped: whoever shows it as HTML has to escape it.
    """
    html = clean_text(html[:LONGEST_HTML])
    if _is_too_deep(html):
        return " ".join(unescape(_TAG.sub(" ", html)).split())
    root = LexborHTMLParser(html).root
    page = _Page()
    node: LexborNode | None = root
    while node is not None:
        child = _enter(node, page)
        if child is not None:
            node = child
            continue
        node = _step_on(node, page)
    page.break_line()
    return re.sub(r"\n{3,}", "\n\n", "\n".join(page.lines)).strip("\n")


def _is_too_deep(html: str) -> bool:
    """Tell whether elements stand so deep inside each other that parsing takes quadratic time."""
    if len(html) < _SMALL_HTML:
        return False
    depth = 0
    for closing in _NESTING_TAG.findall(html):
        depth += -1 if closing else 1
        if depth > _DEEPEST:
            return True
    return False


def _enter(node: LexborNode, page: _Page) -> LexborNode | None:
    """Write the start of a node and give its first child, if a reader sees it."""
    tag = node.tag or ""
    if tag == "-text":
        page.write(node.text_content or "")
        return None
    if tag == "br":
        page.break_line(always=True)
        return None
    if _is_unseen(node, tag):
        return None
    child: LexborNode | None = node.child
    if child is not None:
        _open(node, tag, page)
    elif tag in _BLOCKS:
        page.break_line()
    return child


def _step_on(node: LexborNode, page: _Page) -> LexborNode | None:
    """Give the next node in reading order, closing every element that is left."""
    here: LexborNode | None = node
    while here is not None:
        following: LexborNode | None = here.next
        if following is not None:
            return following
        here = here.parent
        if here is not None:
            _close(here, here.tag or "", page)
    return None


def _open(node: LexborNode, tag: str, page: _Page) -> None:
    if tag in ("td", "th"):
        page.write("  ")
    elif tag in _PARAGRAPHS or _is_quote(node, tag):
        page.break_paragraph()
    elif tag in _BLOCKS:
        page.break_line()
        if tag == "li":
            page.write("- ")
    page.quoted += _is_quote(node, tag)
    page.verbatim += tag == "pre"


def _close(node: LexborNode, tag: str, page: _Page) -> None:
    if tag in _BLOCKS or tag in _PARAGRAPHS:
        page.break_line()
    page.verbatim -= tag == "pre"
    page.quoted -= _is_quote(node, tag)
    if tag in _PARAGRAPHS:
        page.break_paragraph()


def _is_unseen(node: LexborNode, tag: str) -> bool:
    if tag in _UNSEEN_TAGS:
        return True
    attributes = node.attributes
    return "hidden" in attributes or bool(_UNSEEN_STYLE.search(attributes.get("style") or ""))


def _is_quote(node: LexborNode, tag: str) -> bool:
    if tag == "blockquote":
        return True
    if tag not in ("div", "span"):
        return False
    attributes = node.attributes
    return (attributes.get("id") or "") in _QUOTE_IDS or bool(
        _QUOTE_CLASSES.search(attributes.get("class") or "")
    )
