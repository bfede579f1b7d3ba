from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from processors.transcripts import Transcribed, told
from schemas.events import Channel, Media, Party, Track
from schemas.interaction import Recording
from schemas.utterance import Utterance

AT = datetime(2026, 11, 2, tzinfo=UTC)
RECORDING = Recording(
    id="rec", interaction="call", tenant="acme", channel=Channel.VOICE, started_at=AT,
    media=Media(tracks=(Track(blob="b"),)), parties=(),
)  # fmt: skip


def turns(*texts: str) -> tuple[Utterance, ...]:
    return tuple(
        Utterance(
            id=f"t{number}", interaction="call", tenant="acme", channel=Channel.VOICE, at=AT,
            party=Party(), text=text,
        )
        for number, text in enumerate(texts)
    )  # fmt: skip


def visible(history: list[tuple[str, tuple[str, ...]]]) -> tuple[list[str], Transcribed | None]:
    """Tell what readers see after some tellings: of each turn the largest version, the first."""
    state: Transcribed | None = None
    seen: dict[str, Utterance] = {}
    for engine, texts in history:
        state, said = told(state, RECORDING, engine, turns(*texts))
        for one in said:
            if one.id not in seen or seen[one.id].version < one.version:
                seen[one.id] = one
    return [one.text for _, one in sorted(seen.items()) if not one.withdrawn], state


def test_the_first_telling_is_version_one() -> None:
    _, said = told(None, RECORDING, "small", turns("good morning"))
    assert [(one.text, one.version, one.withdrawn) for one in said] == [("good morning", 1, False)]


def test_the_same_telling_again_changes_nothing() -> None:
    state, said = told(None, RECORDING, "small", turns("good", "morning"))
    assert told(state, RECORDING, "small", turns("good", "morning")) == (state, said)


def test_another_engine_makes_a_new_version_and_withdraws_what_it_lacks() -> None:
    state, _ = told(None, RECORDING, "small", turns("good", "moaning"))
    _, said = told(state, RECORDING, "large", turns("good morning"))
    assert [(one.id, one.text, one.version, one.withdrawn) for one in said] == [
        ("t0", "good morning", 2, False),
        ("t1", "", 2, True),
    ]


def test_going_back_to_an_engine_is_a_new_version_too() -> None:
    history = [("small", ("a", "b")), ("large", ("c",)), ("small", ("a", "b"))]
    texts, state = visible(history)
    assert texts == ["a", "b"]
    assert state is not None
    assert state.version == 3


def test_a_corrected_recording_outranks_its_first_edition_however_often_both_come() -> None:
    editions: list[tuple[str, tuple[str, ...]]] = [("small", ("old", "text")), ("small", ("new",))]
    assert visible(editions)[0] == visible([*editions, *editions])[0] == ["new"]


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["small", "large"]),
            st.lists(st.sampled_from("abc"), max_size=4).map(tuple),
        ),
        min_size=1,
        max_size=8,
    )
)
def test_readers_see_one_whole_telling_and_never_a_mixture(
    history: list[tuple[str, tuple[str, ...]]],
) -> None:
    texts, _ = visible(history)
    engine = history[-1][0]
    assert tuple(texts) in {told for name, told in history if name == engine}


@given(st.lists(st.sampled_from("abc"), max_size=4).map(tuple))
def test_the_last_engine_wins(texts: tuple[str, ...]) -> None:
    assert visible([("small", ("x", "y", "z", "w")), ("large", texts)])[0] == list(texts)
