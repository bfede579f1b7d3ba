"""Tell the language of a text, among those that the company is contacted in."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from models.language_odds import Floats, LanguageOdds
from schemas.errors import ConfigError

DEFAULT_LANGUAGES = ("en", "de", "fr", "es", "it", "pt", "nl", "pl", "sv", "da", "fi", "tr")
UNDETERMINED = "und"  # ISO 639-2
FEWEST_WORDS = 3
ENOUGH_WORDS = 6  # that tell nothing tell that it is none of ours
LONGEST = 2_000  # characters; more changes nothing
LAST_LATIN = "\u024f"

# Chosen on tweets in eight languages, bank questions and chats: `threadline eval language`.
NEAR = 0.3  # of the best of all languages, for the best of ours
SURE = 0.4  # share of ours among ours, for a sentence ...
SURE_OF_FEW = 0.85  # ... and for one or two words
HINT_STANDS = 0.2  # share at which the conversation's language stands
SURE_OF_OTHER = 0.5
SURE_OF_TOP = 0.5  # of all languages: then no other can come near

_NO_WORDS = re.compile(r"https?://\S+|[@#]\w+|\bhttp\b")
_DIALECTS = {"arz": "ar", "ary": "ar", "wuu": "zh", "yue": "zh", "nn": "no"}
_OTHERS = frozenset(
    "ar bg bn cs el et fa gu he hi hr hu hy id is ja ka kk km kn ko lo lt lv mk ml mr ms my ne no"  # noqa: SIM905  # a list of codes reads better so
    " pa ro ru si sk sl sq sr ta te th tl uk ur vi zh".split()
)
"""Languages that are named though they are not ours; rarer ones are mostly misread slang."""


class _Plain(NamedTuple):
    """A text without what is no word of any language, and its conversation's language."""

    text: str
    hint: str | None
    words: int
    few: bool
    foreign: bool


class LanguageIdentifier:
    """py3langid over all its languages, of which `languages` (ISO 639-1) are expected.

    An answer is one of `languages`, another widely used language that the text is clearly in,
    `und` for a sentence that could be anything, or None for words too few to tell ("yes i want").
    May be called from several threads.

    Raises:
        ConfigError: a language is not known to it.
    """

    def __init__(self, languages: Sequence[str] = DEFAULT_LANGUAGES) -> None:
        self.languages = tuple(languages)
        self._expected = frozenset(languages)
        self.name = engine_name(self.languages)
        self._odds = LanguageOdds()
        unknown = sorted(set(self.languages) - set(self._odds.labels))
        if unknown or not self.languages:
            named = ", ".join(unknown) or "none is named"
            raise ConfigError(f"cannot tell these languages apart: {named}")

    def identify(self, text: str, hint: str | None = None) -> str | None:
        """Name the language of `text`; where it does not tell, `hint` stands.

        `hint` is the language of the conversation.
        """
        return self.identify_all([text], [hint])[0]

    def identify_all(self, texts: Sequence[str], hints: Sequence[str | None]) -> list[str | None]:
        """Do what `identify` does for each of many texts, in a fraction of the time."""
        told = [plain_code(hint) for hint in hints]
        plain = list(map(_plain, texts, told))
        telling = [at for at, one in enumerate(plain) if one.words and not (one.few and one.hint)]
        odds = self._odds.of([plain[at].text for at in telling])
        for at, row, top in zip(telling, odds, odds.argmax(axis=1).tolist(), strict=True):
            told[at] = self._named(plain[at], row, top)
        return told

    def _named(self, plain: _Plain, odds: Floats, best: int) -> str | None:
        hint = plain.hint
        top: str = self._odds.labels[best]
        if (
            top in self._expected
            and odds[best] >= (SURE_OF_FEW if plain.few else SURE_OF_TOP)
            and (hint == top or hint not in self._expected)
        ):
            return top  # what weighing all of them comes to
        named = zip(self._odds.labels, odds.tolist(), strict=True)
        found = self._told(_folded(named), hint, few=plain.few)
        if found is None and (plain.foreign or plain.words >= ENOUGH_WORDS):
            return hint or UNDETERMINED
        return found or hint

    def _told(self, odds: dict[str, float], hint: str | None, *, few: bool) -> str | None:
        ours = {language: odds.get(language, 0.0) for language in self.languages}
        total = sum(ours.values()) or 1.0
        top = max(odds, key=odds.__getitem__)
        best = max(ours, key=ours.__getitem__)
        if ours[best] >= NEAR * odds[top]:
            if hint in ours and ours[hint] >= HINT_STANDS * total:
                return hint
            if ours[best] >= (SURE_OF_FEW if few else SURE) * total:
                return best
        if not few and odds[top] >= SURE_OF_OTHER and top in _OTHERS:
            return top
        return None


def engine_name(languages: Iterable[str]) -> str:
    """Name the engine that expects these languages; the number counts changes of its rules."""
    return "py3langid-2/" + "+".join(languages)


def plain_code(code: str | None) -> str | None:
    """Read `en-GB` and `EN_us` as `en`."""
    return (code or "").replace("_", "-").partition("-")[0].lower() or None


def _plain(text: str, hint: str | None) -> _Plain:
    plain = _NO_WORDS.sub(" ", text[:LONGEST])
    words = sum(any(map(str.isalpha, word)) for word in plain.split())
    foreign = not plain.isascii() and _in_another_script(plain)
    return _Plain(plain, hint, words, words < FEWEST_WORDS and not foreign, foreign)


def _folded(named: Iterable[tuple[str, float]]) -> dict[str, float]:
    odds = dict(named)
    for dialect, language in _DIALECTS.items():
        odds[language] += odds.pop(dialect, 0.0)
    return odds


def _in_another_script(text: str) -> bool:
    """Tell whether most letters are not Latin: then few words, or no blanks, tell enough."""
    letters = [sign for sign in text if sign.isalpha()]
    return sum(sign > LAST_LATIN for sign in letters) * 2 > len(letters)
