"""Read labelled data: tables with named columns, and pairs of text and label files."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from schemas.base import Contract
from schemas.errors import InvalidEvent

TABLES = (".csv", ".tsv", ".jsonl", ".ndjson", ".json")
PARTS = ("test", "val", "dev", "valid", "validation", "train")
TEXT = ("text", "utterance", "message", "sentence", "tweet", "content", "line", "full_text")
LABEL = ("label", "truth", "category", "class", "intent")
Columns = Mapping[str, tuple[str, ...]]


class Row(Contract, frozen=True, kw_only=True):
    """One labelled item: its fields by our names, and where it stands."""

    fields: dict[str, str]
    file: Path
    line: int

    def __getitem__(self, name: str) -> str:
        """Give a field that must be there.

        Raises:
            InvalidEvent: `missing_field`, naming file and line.
        """
        value = self.fields.get(name, "")
        if not value.strip():
            raise wrong(self.file, f"no {name}", line=self.line, field=name)
        return value

    def get(self, name: str, default: str = "") -> str:
        """Give a field, or `default` where it is missing or empty."""
        return self.fields.get(name) or default

    @property
    def id(self) -> str:
        """Name the item: its own id, else its file and line."""
        return self.fields.get("id") or f"{self.file.name}:{self.line}"


def wrong(
    file: Path,
    message: str,
    *,
    reason: str = "invalid_field",
    line: int | None = None,
    field: str | None = None,
) -> InvalidEvent:
    """Make the error that names file, line and field."""
    return InvalidEvent(reason, f"{file}: {message}", line=line, field=field)


def read_rows(
    path: Path, columns: Columns, *, bare: Sequence[str] = (), needed: Sequence[str] = ()
) -> list[Row]:
    """Read a table (CSV, TSV, JSONL, JSON list), or every table of a folder in name order.

    `columns` are the accepted headers of each field, in any case; columns with other headers
    are kept under their own. `needed` fields must have a column. `bare` are the fields of a TSV
    without headers, left to right.

    Raises:
        InvalidEvent: naming the file, and the line and field where there are such.
    """
    files = table_files(path)
    rows = [row for file in files for row in _rows_of(file, columns, bare, needed)]
    if not rows:
        raise wrong(path, "there is nothing in it", reason="empty_file")
    return rows


def table_files(path: Path) -> list[Path]:
    """List the tables that `path` names: itself, or those right in the folder, by name."""
    if path.is_file():
        return [path]
    if not path.is_dir():
        raise wrong(path, "there is no such file or folder", reason="unreadable")
    files = sorted(file for file in path.iterdir() if file.suffix.lower() in TABLES)
    if not files:
        kinds = ", ".join(TABLES)
        raise wrong(path, f"there is no table in it ({kinds})", reason="unknown_format")
    return files


def read_labelled(
    path: Path, label: Sequence[str] = (), *, bare: Sequence[str] = ("id", "label", "text")
) -> list[Row]:
    """Read items with `text` and `label`, of a table or of paired text and label files.

    `label` are headers of the label besides the usual ones; they go first. Fields `id`,
    `group`, `language` and `domain` come along where there are such columns.
    """
    pair = paired(path)
    if pair is not None:
        return _read_pair(*pair)
    columns = {
        "text": TEXT,
        "label": (*label, *LABEL),
        "id": ("id", "tweet_id", "uuid"),
        "group": ("group", "author", "user", "conversation", "conversationid", "call"),
        "language": ("language", "lang"),
        "domain": ("domain", "industry"),
    }
    return read_rows(path, columns, bare=bare, needed=("text", "label"))


def paired(path: Path) -> tuple[Path, Path] | None:
    """Find text and label files in a folder, or beside a file NAME_text.txt."""
    if path.is_file():
        found = [path] if path.name.endswith("_text.txt") else []
    elif path.is_dir():
        found = sorted(path.glob("*_text.txt"), key=_part)
    else:
        return None
    if not found:
        return None
    texts = found[0]
    return texts, texts.with_name(texts.name.replace("_text.txt", "_labels.txt"))


def _part(path: Path) -> tuple[int, str]:
    name = path.name.removesuffix("_text.txt")
    return (PARTS.index(name) if name in PARTS else -1, name)


def _read_pair(texts: Path, labels: Path) -> list[Row]:
    lines, codes = _lines(texts), _lines(labels)
    if len(lines) != len(codes):
        raise wrong(labels, f"{len(codes)} labels for {len(lines)} texts in {texts.name}")
    names = _mapping(texts.parent)
    return [
        Row(
            fields={"text": text, "label": names.get(code.strip(), code.strip())},
            file=texts,
            line=at,
        )
        for at, (text, code) in enumerate(zip(lines, codes, strict=True), 1)
    ]


def _mapping(folder: Path) -> dict[str, str]:
    for place in (folder, folder.parent):
        if (place / "mapping.txt").is_file():
            pairs = (line.split(None, 1) for line in _lines(place / "mapping.txt") if line.strip())
            return {pair[0]: pair[1].strip() for pair in pairs if len(pair) == 2}
    return {}


def _lines(path: Path) -> list[str]:
    # Not splitlines: tweets hold separators that it takes for the end of a line.
    text = read_text(path)
    return text.removesuffix("\n").split("\n") if text else []


def read_text(path: Path) -> str:
    """Read a file of text.

    Raises:
        InvalidEvent: `unreadable`, or it is not UTF-8.
    """
    try:
        return path.read_bytes().decode("utf-8-sig").replace("\r\n", "\n")
    except OSError as error:
        raise wrong(path, f"cannot be read: {error.strerror}", reason="unreadable") from error
    except UnicodeDecodeError as error:
        raise wrong(path, f"not UTF-8 at byte {error.start}", reason="unknown_format") from error


def _rows_of(
    file: Path, columns: Columns, bare: Sequence[str], needed: Sequence[str]
) -> Iterator[Row]:
    if file.suffix.lower() in (".csv", ".tsv"):
        yield from _separated(file, columns, bare, needed)
        return
    for line, item in _objects(file):
        fields = {str(name): _plain(value) for name, value in item.items()}
        yield Row(fields=_named(fields, columns), file=file, line=line)


def _separated(
    file: Path, columns: Columns, bare: Sequence[str], needed: Sequence[str]
) -> Iterator[Row]:
    text = read_text(file)
    head = text.partition("\n")[0]
    separator = "\t" if file.suffix.lower() == ".tsv" or _tabbed(head) else ","
    accepted = {header for headers in columns.values() for header in headers} | columns.keys()
    if bare and not accepted.intersection(
        cell.strip(' "').casefold() for cell in head.split(separator)
    ):
        yield from _headless(file, _cells(text, separator, len(bare)), bare)
        return
    table = _cells(text, separator, head.count(separator) + 1)
    headers = [cell.strip() for cell in next(table, (0, []))[1]]
    known = _named(dict.fromkeys(headers, ""), columns)
    for name in needed:
        if name not in known:
            options = ", ".join(columns.get(name, (name,)))
            raise wrong(file, f"no column for {name}: one of {options}", reason="missing_field")
    for line, cells in table:
        fields = dict(zip(headers, cells, strict=False))
        yield Row(fields=_named(fields, columns), file=file, line=line)


def _tabbed(head: str) -> bool:
    return "\t" in head and "," not in head


def _headless(
    file: Path, table: Iterator[tuple[int, list[str]]], bare: Sequence[str]
) -> Iterator[Row]:
    for line, cells in table:
        if len(cells) < len(bare):
            names = ", ".join(bare)
            raise wrong(file, f"{len(cells)} columns; there should be {names}", line=line)
        yield Row(fields=dict(zip(bare, cells, strict=False)), file=file, line=line)


def _cells(text: str, separator: str, columns: int) -> Iterator[tuple[int, list[str]]]:
    """Give each line's number and cells; blank lines are left out."""
    lines = [line.rstrip("\r") for line in text.split("\n")]
    # Tabbed files are often written without quoting, where a lone quote is just a sign.
    if separator == "\t" and all(line.count("\t") >= columns - 1 for line in lines if line.strip()):
        for at, line in enumerate(lines, 1):
            if line.strip():
                yield at, [_unquoted(cell) for cell in line.split("\t")]
        return
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    for cells in reader:
        if any(cell.strip() for cell in cells):
            yield reader.line_num, cells


def _unquoted(cell: str) -> str:
    inside = cell[1:-1]
    if len(cell) < 2 or cell[0] + cell[-1] != '""' or '"' in inside.replace('""', ""):
        return cell
    return inside.replace('""', '"')


def _objects(file: Path) -> Iterator[tuple[int, dict[str, object]]]:
    text = read_text(file)
    if file.suffix.lower() == ".json":
        items = parse_json(file, text)
        if not isinstance(items, list):
            raise wrong(file, "not a list of objects")
        numbered = list(enumerate(items, 1))
    else:
        numbered = [
            (at, parse_json(file, line, at))
            for at, line in enumerate(text.split("\n"), 1)
            if line.strip()
        ]
    for at, item in numbered:
        if not isinstance(item, dict):
            raise wrong(file, "not an object", line=at)
        yield at, item


def parse_json(file: Path, text: str, line: int | None = None) -> object:
    """Parse JSON.

    Raises:
        InvalidEvent: `invalid_json`, naming file and line.
    """
    try:
        found: object = json.loads(text)
    except ValueError as error:
        raise wrong(file, f"not JSON: {error}", reason="invalid_json", line=line) from error
    return found


def _plain(value: object) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _named(fields: dict[str, str], columns: Columns) -> dict[str, str]:
    """Name fields as we do, by the first of the accepted headers that is there."""
    by_header = {name.strip().casefold(): value for name, value in fields.items()}
    found = dict(by_header)
    for field, headers in columns.items():
        for header in headers:
            if header.casefold() in by_header:
                found[field] = by_header[header.casefold()]
                break
    return found
