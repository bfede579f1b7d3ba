"""Tell the language of a text, among those that the company is contacted in."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

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


class LanguageIdentifier:
    """py3langid over all its languages, of which `languages` (ISO 639-1) are expected.

    An answer is one of `languages`, another widely used language that the text is clearly in,
    `und` for a sentence that could be anything, or None for words too few to tell ("yes i want").
    May be called from several threads.

    Raises:
        ConfigError: a language is not known to it.
    """

    def __init__(self, languages: Sequence[str] = DEFAULT_LANGUAGES) -> None:
        from py3langid.langid import MODEL_FILE
        from py3langid.langid import LanguageIdentifier as Identifier

        self.languages = tuple(languages)
        self._expected = frozenset(languages)
        self.name = engine_name(self.languages)
        self._identifier = Identifier.from_model_file(MODEL_FILE, norm_probs=True)
        unknown = sorted(set(self.languages) - set(self._identifier.labels))
        if unknown or not self.languages:
            named = ", ".join(unknown) or "none is named"
            raise ConfigError(f"cannot tell these languages apart: {named}")

    def identify(self, text: str, hint: str | None = None) -> str | None:
        """Name the language of `text`; where it does not tell, `hint` stands.

        `hint` is the language of the conversation.
        """
        hint = plain_code(hint)
        plain = _NO_WORDS.sub(" ", text[:LONGEST])
        words = sum(any(map(str.isalpha, word)) for word in plain.split())
        if not words:
            return hint
        foreign = not plain.isascii() and _in_another_script(plain)
        few = words < FEWEST_WORDS and not foreign
        if few and hint is not None:
            return hint
        top, share = self._identifier.classify(plain)
        if (
            top in self._expected
            and share >= (SURE_OF_FEW if few else SURE_OF_TOP)
            and (hint == top or hint not in self._expected)
        ):
            return str(top)  # what weighing all of them comes to, at two thirds of the cost
        found = self._told(_folded(self._identifier.rank(plain)), hint, few=few)
        if found is None and (foreign or words >= ENOUGH_WORDS):
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


def _folded(ranked: Iterable[tuple[str, float]]) -> dict[str, float]:
    odds = dict(ranked)
    for dialect, language in _DIALECTS.items():
        odds[language] += odds.pop(dialect, 0.0)
    return odds


def _in_another_script(text: str) -> bool:
    """Tell whether most letters are not Latin: then few words, or no blanks, tell enough."""
    letters = [sign for sign in text if sign.isalpha()]
    return sum(sign > LAST_LATIN for sign in letters) * 2 > len(letters)
