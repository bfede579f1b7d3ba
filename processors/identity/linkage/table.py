"""Read a table of people with known truth, as data sets of record linkage come."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from processors.identity.identifiers import identifier_of
from schemas.errors import InvalidEvent
from schemas.person import Person

_HEADERS = {
    "id": "id unique_id rec_id record_id row_id",
    "cluster": "cluster cluster_id entity_id ent_id true_id person_id true_cluster",
    "name": "name full_name",
    "given_name": "given_name first_name forename fname",
    "family_name": "family_name last_name surname lname",
    "born": "born dob date_of_birth birth_date birthdate",
    "house": "street_number house_number",
    "street": "street address address_1 address1 street_address address_line_1",
    "postcode": "postcode post_code postal_code zip zip_code zipcode postcode_fake",
    "city": "city town suburb locality place birth_place",
    "email": "email email_address mail e_mail",
    "phone": "phone phone_number telephone mobile",
    "crm": "crm crm_id",
    "account": "account account_number account_id",
    "national-id": "soc_sec_id ssn national_id social_security_number",
}
FIELD_OF = {header: field for field, headers in _HEADERS.items() for header in headers.split()}
IDENTIFIERS = ("email", "phone", "crm", "account", "national-id")
FIELDS = tuple(_HEADERS)
_FEBRL = re.compile(r"rec-(\d+)-(?:org|dup-\d+)")
_LABEL = ("clerical_match_score", "match", "is_match", "label", "score", "same")
_MATCH = 0.5
_MOST_WORDS = 256


class Record(NamedTuple):
    """One row: its id, what it says of a person, and the identifiers in it."""

    id: str
    person: Person
    identifiers: tuple[str, ...]


class Table(NamedTuple):
    """All rows, the true cluster of each where the table tells it, and the columns not used."""

    records: list[Record]
    clusters: list[str] | None
    unused: tuple[str, ...]


class Labels(NamedTuple):
    """The truth about some pairs of rows, by position, or of all rows as clusters."""

    pairs: dict[tuple[int, int], bool]
    clusters: list[str] | None


def read_table(
    rows: Sequence[Mapping[str, str]], columns: Mapping[str, str], region: str = "US"
) -> Table:
    """Read rows; `columns` says which field a column holds where its header does not.

    Raises:
        InvalidEvent: `missing_field`, there is no column of ids; `invalid_parameter`, no such
            column or field.
    """
    headers = list(dict.fromkeys(header for row in rows for header in row))
    fields = _fields(headers, columns)
    of = {field: header for header, field in fields.items()}
    if "id" not in of:
        raise InvalidEvent("missing_field", "no column holds ids; name it with --column NAME=id")
    records = [_record(row, of, region) for row in rows]
    clusters = [row.get(of["cluster"], "").strip() for row in rows] if "cluster" in of else None
    if clusters is None:
        # Febrl writes the truth into its ids.
        found = [_FEBRL.fullmatch(record.id) for record in records]
        if found and all(found):
            clusters = [one[1] for one in found if one]
    return Table(records, clusters, tuple(one for one in headers if one not in fields))


def read_labels(rows: Sequence[Mapping[str, str]], table: Table) -> Labels:
    """Read labels: two columns of ids, with or without a score, or an id and its cluster.

    Without a score every pair that is listed is one person, and no other pair is.

    Raises:
        InvalidEvent: `missing_field`, there are no such columns; `unknown_record`, an id that no
            row of the table has; `invalid_field`, a score that is none.
    """
    headers = list(rows[0]) if rows else []
    place = {record.id: number for number, record in enumerate(table.records)}

    def at(row: Mapping[str, str], header: str) -> int:
        if row[header].strip() not in place:
            raise InvalidEvent("unknown_record", f"no row has the id {row[header].strip()!r}")
        return place[row[header].strip()]

    pair = _pair_of(headers)
    if pair is not None:
        scored = next((one for one in headers if _plain(one) in _LABEL), None)
        pairs = {
            (at(row, pair[0]), at(row, pair[1])): scored is None or _says_same(row[scored])
            for row in rows
        }
        return Labels(pairs, None)
    fields = _fields(headers, {})
    of = {field: header for header, field in fields.items()}
    if "id" not in of or "cluster" not in of:
        raise InvalidEvent(
            "missing_field", "labels need two columns of ids (id_l, id_r), or id and cluster"
        )
    clusters = [f"alone {number}" for number in range(len(place))]
    for row in rows:
        clusters[at(row, of["id"])] = row[of["cluster"]].strip()
    return Labels({}, clusters)


def _says_same(score: str) -> bool:
    word = score.strip().lower()
    if word in ("true", "yes", "false", "no"):
        return word in ("true", "yes")
    try:
        return float(word) >= _MATCH
    except ValueError as error:
        raise InvalidEvent("invalid_field", f"{score!r} is no score from 0 to 1") from error


def _fields(headers: Iterable[str], columns: Mapping[str, str]) -> dict[str, str]:
    """Say which field each header stands for; of two for one field the first counts."""
    headers = list(headers)
    for header, field in columns.items():
        if header not in headers or field not in (*FIELDS, "ignore"):
            known = ", ".join((*FIELDS, "ignore"))
            raise InvalidEvent(
                "invalid_parameter", f"{header}={field}: write COLUMN=FIELD; fields are {known}"
            )
    found = {header: field for header, field in columns.items() if field != "ignore"}
    for header in headers:
        usual = FIELD_OF.get(_plain(header))
        if usual and header not in columns and usual not in found.values():
            found[header] = usual
    return found


def _plain(header: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", header.strip().lower()).strip("_")


def _pair_of(headers: Sequence[str]) -> tuple[str, str] | None:
    """Find the two columns of ids: one name with two endings, such as `id_l` and `id_r`."""
    for left, right in (("_l", "_r"), ("_left", "_right"), ("_a", "_b"), ("_1", "_2"), ("1", "2")):
        for header in headers:
            stem = header.removesuffix(left)
            is_id = FIELD_OF.get(_plain(stem)) == "id"
            if header.endswith(left) and is_id and stem + right in headers:
                return header, stem + right
    return None


def _record(row: Mapping[str, str], of: Mapping[str, str], region: str) -> Record:
    def value(field: str) -> str | None:
        text = (row.get(of[field]) or "").strip() if field in of else ""
        return text[:_MOST_WORDS] or None

    street = " ".join(part for part in (value("house"), value("street")) if part)
    identifiers = (
        identifier_of(kind, text, region) for kind in IDENTIFIERS if (text := value(kind))
    )
    return Record(
        id=value("id") or "",
        person=Person(
            name=value("name"),
            given_name=value("given_name"),
            family_name=value("family_name"),
            born=value("born"),
            street=street[:_MOST_WORDS] or None,
            postcode=value("postcode"),
            city=value("city"),
        ),
        identifiers=tuple(one for one in identifiers if one),
    )
