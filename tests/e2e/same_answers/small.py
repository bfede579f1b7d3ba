"""A corpus that two systems go through in a minute: a few people, one storm, everything twice."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from schemas.events import Event
from tests.e2e.crash.corpus import make_corpus
from tests.e2e.same_answers.corpus import Batch, Corpus, write_events
from tests.e2e.small_company import TOML, write_company

EVENTS = 700
SEED = 11
LATE = ("mail-4.eml", "call-03.wav", "call-03.json")


def small_corpus(folder: Path) -> Corpus:
    """Write the corpus into a new folder."""
    company, late, archive = (folder / name for name in ("company", "late", "archive"))
    write_company(company)
    late.mkdir()
    for name in LATE:
        shutil.move(company / name, late / name)
    # The same mail in another mailbox, and a vCon that is sent again with a mended subject.
    archive.mkdir()
    for number in (0, 3):
        shutil.copyfile(company / f"mail-{number}.eml", archive / f"{number}.eml")
    (company / "chat.vcon.json").write_text(_vcon("2025-03-04T10:00:00Z", "A question"), "utf-8")
    (late / "chat.vcon.json").write_text(_vcon("2025-03-04T12:00:00Z", "An answer"), "utf-8")
    (late / "copy.vcon.json").write_text(_vcon("2025-03-04T12:00:00Z", "Whose?"), "utf-8")
    (company / "broken.eml").write_bytes(b"this is no mail")
    told = (one for one in make_corpus(EVENTS, SEED).entries if isinstance(one, Event))
    write_events(folder / "storm", folder / "storm-late", told)
    return Corpus(
        settings=TOML,
        early=(Batch(company), Batch(archive, source="archive"), Batch(folder / "storm")),
        late=(Batch(late), Batch(folder / "storm-late")),
    )


def _vcon(updated_at: str, subject: str) -> str:
    def dialog(minute: int, party: int, text: str) -> dict[str, object]:
        start = f"2025-03-04T09:{minute:02}:00Z"
        return {"type": "text", "start": start, "parties": [party], "body": text}

    return json.dumps(
        {
            "vcon": "0.0.2",
            "uuid": "018b8a2c-0000-8000-8000-000000000001",
            "created_at": "2025-03-04T09:00:00Z",
            "updated_at": updated_at,
            "subject": subject,
            "parties": [
                {"tel": "+13035550111", "name": "Ana"},
                {"tel": "+13035550100", "name": "Tom"},
            ],
            "dialog": [
                dialog(0, 1, "What is your PIN please?"),
                dialog(1, 0, "4 8 1 5"),
                dialog(2, 0, f"{subject} about my refund"),
            ],
        }
    )
