"""Cutting quoted replies and signatures, in many languages."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processors.normalise.reply import cut_reply

ANSWER = "Das Gerät ist wieder offline.\n\nWas nun?"
DATA = Path(
    os.environ.get("THREADLINE_DATA", Path(__file__).parents[5] / "shared" / "data")
)  # tests find measured material by it
FIXTURES = DATA / "channels" / "email-replies"


@pytest.mark.parametrize(
    "announcement",
    [
        "On Mon, Nov 2, 2026 at 10:14 AM Mia Ode <mia@example.com> wrote:",
        "On Mon, Nov 2, 2026 at 10:14 AM Mia Ode With A Long Name <\nmia@example.com> wrote:",
        "Am Mo., 2. Nov. 2026 um 10:14 Uhr schrieb Mia Ode <mia@example.com>:",
        "Le lun. 2 nov. 2026 à 10:14, Mia Ode <mia@example.com> a écrit :",
        "El lun, 2 nov 2026 a las 10:14, Mia Ode (<mia@example.com>) escribió:",
        "Il giorno lun 2 nov 2026 alle ore 10:14 Mia Ode <mia@example.com>\nha scritto:",
        "Em seg., 2 de nov. de 2026 às 10:14, Mia Ode <mia@example.com> escreveu:",
        "Op ma 2 nov 2026 om 10:14 schreef Mia Ode <mia@example.com>:",
        "Den mån 2 nov. 2026 kl 10:14 skrev Mia Ode <mia@example.com>:",
        "2026-11-02 10:14 GMT+01:00 Mia Ode <mia@example.com>:",
        "-----Original Message-----",
        "-----Ursprüngliche Nachricht-----",
        "-------- Message d'origine --------",
        "From: Mia Ode <mia@example.com>\nSent: Monday, November 2, 2026\nTo: Al\nSubject: Router",
        "________________________________\nVon: Mia Ode\nGesendet: Montag\nAn: Al\nBetreff: Router",
    ],
)
@pytest.mark.parametrize("old", ["Did you restart it?\nMia", "> Did you restart it?\n> Mia"])
def test_a_quoted_mail_is_cut_whatever_program_announces_it(announcement: str, old: str) -> None:
    cut = cut_reply(f"{ANSWER}\n\n{announcement}\n\n{old}\n")
    assert cut.text == ANSWER
    assert cut.quoted is not None
    assert cut.quoted.startswith(announcement.split("\n")[0])
    assert "Did you restart it?" in cut.quoted


@pytest.mark.parametrize(
    "closing",
    [
        "-- \nAl Ode\nExample Ltd",
        "Sent from my iPhone",
        "Gesendet von meinem Handy",
        "Von meinem iPhone gesendet",
        "Envoyé depuis mon téléphone",
        "Enviado desde mi iPhone",
        "Inviato da iPhone",
        "Verzonden vanaf mijn Samsung",
        "Get Outlook for iOS<https://example.com/o>",
        "Best regards,\nAl Ode\nHead of Things",
        "Mit freundlichen Grüßen\nAl Ode",
        "Cordialement,\nAl",
        "Thanks,\nAl",
        "This e-mail and its attachments are confidential.\nDelete it if you are not meant.",
    ],
)
def test_a_signature_is_cut(closing: str) -> None:
    cut = cut_reply(f"{ANSWER}\n\n{closing}\n")
    assert (cut.text, cut.quoted) == (ANSWER, closing)


def test_answers_between_quotes_are_kept() -> None:
    cut = cut_reply(
        "On 2 Nov 2026, Mia <m@example.com> wrote:\n> Is it on?\n\nYes.\n\n> And the light?\nRed.\n"
    )
    assert cut.text == "Yes.\n\nRed."
    assert cut.quoted is not None
    assert "Is it on?" in cut.quoted
    assert "And the light?" in cut.quoted


@pytest.mark.parametrize(
    "text",
    [
        "On Monday I called, and on Tuesday your agent wrote: no.\nOn top of it I paid.",
        "From: Berlin\nTo: Munich\nDate: 3 May\n\nCan I rebook this trip?",
        "I need:\n-- a refund\n-- an apology\n-- and my number back",
        "The parcel was sent from my office to yours, where is it?",
        "Thanks for nothing!",
        "With regards to the invoice: it is wrong.",
        "Usage is > 100 GB\nand that cannot be.",
        "> only quoted\n> words",
        "-- \nonly a signature",
        "------ Forwarded message -----\nFrom: Mia <mia@example.com>\nSubject: Bill\n\nPay.",
        "👍",
    ],
)
def test_words_that_only_look_quoted_stay(text: str) -> None:
    assert cut_reply(text).text == text
    assert cut_reply(text).quoted is None


@given(st.text(st.sampled_from("ab1 \n>:-@.<") | st.characters(), max_size=400))
def test_no_word_is_ever_lost(text: str) -> None:
    cut = cut_reply(text)
    left = "".join((cut.text + (cut.quoted or "")).split())
    assert sorted(left) == sorted("".join(text.split()))
    assert bool(cut.text) == bool(text.strip())


def test_replies_of_a_public_collection_are_cut_to_their_first_paragraph() -> None:
    folder = FIXTURES / "crisp" / "test" / "fixtures"
    if not folder.is_dir():
        pytest.skip("channels/email-replies is absent: THREADLINE_DATA")
    wrong = []
    for path in sorted(folder.glob("*.txt")):
        text = path.read_text("utf-8")
        # Of these files the collection says that nothing but the first paragraph is new.
        if text.startswith("Fusce bibendum") and cut_reply(text).text != "\n".join(
            text.split("\n")[:5]
        ):
            wrong.append(path.name)
    assert wrong == []
