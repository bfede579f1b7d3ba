"""Tell the language of a text, among those that the company is contacted in."""

from __future__ import annotations

from collections.abc import Sequence

from schemas.errors import ConfigError

DEFAULT_LANGUAGES = ("en", "de", "fr", "es", "it", "pt", "nl", "pl", "sv", "da", "fi", "tr")
FEWEST_WORDS = 3
LONGEST = 2_000  # characters; more changes nothing


class LanguageIdentifier:
    """py3langid, restricted to `languages` (ISO 639-1); may be called from several threads.

    Raises:
        ConfigError: a language is not known to it.
    """

    def __init__(self, languages: Sequence[str] = DEFAULT_LANGUAGES) -> None:
        from py3langid.langid import MODEL_FILE
        from py3langid.langid import LanguageIdentifier as Identifier

        self.languages = tuple(languages)
        self.name = "py3langid/" + "+".join(self.languages)
        self._identifier = Identifier.from_model_file(MODEL_FILE)
        try:
            self._identifier.set_languages(list(languages))
        except ValueError as error:
            raise ConfigError(f"cannot tell these languages apart: {error}") from error

    def identify(self, text: str, hint: str | None = None) -> str | None:
        """Name the language of `text`; fewer than three words say nothing, so `hint` stands."""
        hint = plain_code(hint)
        words = [word for word in text.split() if any(map(str.isalpha, word))]
        if len(words) < FEWEST_WORDS:
            return hint
        language, _ = self._identifier.classify(text[:LONGEST])
        return str(language)


def plain_code(code: str | None) -> str | None:
    """Read `en-GB` and `EN_us` as `en`."""
    return (code or "").replace("_", "-").partition("-")[0].lower() or None
