"""Reduce a line to what tells who leaves whom: brands as roles, words as classes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

TARGET, OTHER = "<target>", "<other>"
WINDOW = 4
LONGEST = 400  # characters of a line that are read, from its start

_APART = (
    (re.compile(r"\bcan'?t\b"), "can not"),
    (re.compile(r"\bwon'?t\b"), "will not"),
    (re.compile(r"n't\b"), " not"),
    (re.compile(r"\b(do|did|does|have|is|are|was|would|could|should)nt\b"), r"\1 not"),
    (re.compile(r"'ll\b"), " will"),
    (re.compile(r"'ve\b"), " have"),
    (re.compile(r"'re\b"), " are"),
    (re.compile(r"'d\b"), " would"),
    (re.compile(r"\bi'?m\b"), "i am"),
    (re.compile(r"\bgonna\b"), "going to"),
    (re.compile(r"\bwanna\b"), "want to"),
)
_STRETCHED = re.compile(r"(.)\1{3,}")
_TOKEN = re.compile(r"<\w+>|'s|\w+|[!?.,:;]")
_STOPS = frozenset(",!:;.")
_ENDS = _STOPS | {"?"}

_CLASSES = {
    "<leave>": "leave leaves leaving left quit quits quitting depart",
    "<switch>": "switch switches switching switched change changes changing changed"
    " churn churning churned move moves moving moved",
    "<cancel>": "cancel cancels cancelling canceling cancelled canceled cancellation terminate"
    " terminates terminating terminated termination end ending abandon stop stopping close closing"
    " closed delete deleting renew renewing",
    "<join>": "join joining come coming sign signing try tried trying",
    "<bad>": "shit shitty bad worst worse crap crappy bitch awful terrible horrible hate dislike"
    " useless rubbish bullshit",
    "<good>": "good great best love like amazing happy efficient better excellent perfect",
    "<bye>": "bye goodbye ciao adieu farewell",
    "<we>": "service company operator provider network contract subscription plan",
}
_CLASS_OF = {word: name for name, words in _CLASSES.items() for word in words.split()}
_MOTIONS = frozenset(
    {"<leave>", "<switch>", "<cancel>", "<join>", "<bye>", "<bad>", "<good>", "going", "go"}
) | {"done", "through"}
_MOVES = dict.fromkeys(("<leave>", "<switch>", "<cancel>", "<bye>", "done", "through"), "<move>")
_GOING = frozenset({*_MOVES, "<join>", "going", "go", "stay", "use", "using"})
_DIRECTIONS = frozenset({"to", "from", "for", "with", "at", "of"})

_GERMAN = {
    "i": "ich",
    "you": "ihr euch sie ihnen du dir dich",
    "your": "euer eure euren eurem eurer ihr ihre ihren ihrem ihrer dein deine deinen",
    "my": "mein meine meinen meinem meiner",
    "we": "wir uns",
    "this": "dieser diese dieses diesen diesem",
    "the": "der die das den dem",
    "a": "ein eine einen einem einer",
    "to": "zu zum zur",
    "from": "von vom",
    "at": "bei beim",
    "with": "mit",
    "for": "für fuer",
    "and": "und",
    "or": "oder",
    "but": "aber",
    "not": "nicht kein keine keinen keinem",
    "again": "wieder mehr",
    "is": "ist sind seid",
    "have": "habe haben hat habt hab",
    "will": "werde wird werden werdet",
    "want": "will möchte moechte wollen",
    "can": "kann können koennen",
    "should": "soll sollte sollten",
    "would": "würde wuerde",
    "now": "jetzt nun",
    "soon": "bald demnächst",
    "tomorrow": "morgen",
    "leave": "verlasse verlassen verlässt verlaesst weg abhauen haue hau raus trete austreten",
    "switch": "wechsle wechsele wechseln wechsel wechselt gewechselt umsteigen"
    " umzusteigen umsteige steige",
    "cancel": "kündige kündigen kündigung gekündigt kuendige kuendigen kuendigung gekuendigt"
    " kündigt stornieren storniere auflösen aufloesen aufzulösen beende beenden"
    " kündigungsformular kündigungsfrist sonderkündigungsrecht kündigungsschreiben",
    "come": "komme kommen",
    "going": "gehe gehen",
    "go": "gehen",
    "thinking": "überlege überlegen denke denken",
    "stay": "bleibe bleiben",
    "try": "probiere probieren versuche versuchen ausprobieren",
    "bye": "tschüss tschuess tschau ade",
    "done": "fertig schluss",
    "bad": "schlecht schlechte schlechter schlechten scheisse scheiße mies miese katastrophe",
    "worst": "schlechteste schlechtesten schlimmste",
    "hate": "hasse",
    "good": "gut gute guter guten super toll zufrieden",
    "best": "beste besten bester",
    "better": "besser bessere besseres besseren",
    "love": "liebe",
    "like": "mag gefällt gefaellt",
    "contract": "vertrag verträge vertraege vertrags abo abonnement",
    "service": "dienst kundendienst",
    "provider": "anbieter provider",
    "offer": "angebot angebote",
    "company": "firma unternehmen",
    "network": "netz netzwerk",
    "fed up": "satt genug",
    "competition": "konkurrenz",
    "another": "anderen andere anderer",
    "customer": "kunde kunden kundin",
    "renew": "verlängern verlängert verlaengern verlaengert verlängere verlaengere verlängerung",
    "lose": "verliere verlieren verliert verloren",
    "am": "bin",
    "was": "war waren",
    "me": "mir mich",
    "please": "bitte",
    "how": "wie",
    "when": "wann",
    "why": "warum wieso weshalb",
    "what": "was",
    "who": "wer",
    "if": "wenn falls",
    "that": "dass daß",
    "because": "weil da",
    "then": "dann",
    "so": "so",
    "only": "nur",
    "already": "schon bereits",
    "today": "heute",
    "next": "nächsten nächstem nächste nächster naechsten",
    "month": "monat monate monats",
    "year": "jahr jahre jahren jahres",
    "last": "letzte letzten letztes",
    "old": "alt alten alter alte altes",
    "new": "neu neue neuen neuer neues",
    "out": "aus",
    "back": "zurück zurueck",
    "about": "über ueber",
    "must": "muss müssen",
    "it": "es",
    "here": "hier",
    "never": "nie niemals",
    "expensive": "teuer",
    "cheaper": "billiger günstiger guenstiger",
    "price": "preis preise preisen",
    "account": "konto kundenkonto",
    "find": "finde finden suche suchen",
    "number": "nummer rufnummer",
}
_GLOSS = {word: english for english, words in _GERMAN.items() for word in words.split()}
_SAID = {**_CLASS_OF, **{word: _CLASS_OF.get(english, english) for word, english in _GLOSS.items()}}
_SAYS_GOING = _GOING | {word for word, name in _SAID.items() if name in _GOING} | {"gonna"}
_WORDS = re.compile(r"\w+")


def tokens_of(
    text: str, own: Sequence[str], others: Sequence[str], language: str | None = None
) -> list[str]:
    """Split a line into lower-case tokens; `own` brands become TARGET, `others` OTHER.

    German is glossed word by word. A list of other brands counts as one.
    """
    line = text[:LONGEST].casefold().replace("\u2019", "'")
    line = _replaced(_replaced(line, others, OTHER), own, TARGET)
    for pattern, apart in _APART:
        line = pattern.sub(apart, line)
    out: list[str] = []
    for token in _TOKEN.findall(_STRETCHED.sub(r"\1\1", line)):
        if token == OTHER and len(out) > 1 and out[-1] in {"and", "or", ","} and out[-2] == OTHER:
            out.pop()
        elif language == "de" and token in _GLOSS:
            out += _GLOSS[token].split()
        else:
            out.append(token)
    return out


def may_speak_of_going(text: str) -> bool:
    """Tell quickly whether it is worth looking closer at a line."""
    # Three times as fast as one expression with all the words.
    return not _SAYS_GOING.isdisjoint(_WORDS.findall(text[:LONGEST].casefold()))


def features_of(tokens: Sequence[str]) -> list[str]:
    """List the features of a line: n-grams of words and of classes, and what stands by brands.

    Some stand there more than once, which counts as once.
    """
    classes = [_CLASS_OF.get(token, token) for token in tokens]
    brand = TARGET if TARGET in tokens else OTHER if OTHER in tokens else "no brand"
    return [
        f"has {brand}",
        *_grams("w", [token for token in tokens if token not in _STOPS]),
        *_grams("c", spoken := [word for word in classes if word not in _STOPS]),
        *[f"{brand} | {word}" for word in classes if word in _MOTIONS],
        *_moves(classes),
        *(_around_brands(spoken) if brand != "no brand" else ()),
    ]


def speaks_of_going(tokens: Sequence[str]) -> bool:
    """Tell whether a line holds any word of leaving, changing, joining or staying."""
    return any(_CLASS_OF.get(token, token) in _GOING for token in tokens)


def clauses_of(tokens: Sequence[str]) -> list[list[str]]:
    """Cut tokens at punctuation."""
    clauses: list[list[str]] = [[]]
    for token in tokens:
        if token not in _ENDS:
            clauses[-1].append(token)
        elif clauses[-1]:
            clauses.append([])
    return clauses if clauses[-1] else clauses[:-1]


def _replaced(line: str, brands: Iterable[str], role: str) -> str:
    # The longest first, so that "Acme Mobile" is not read as "Acme".
    for brand in sorted(brands, key=len, reverse=True):
        line = re.sub(rf"@?(?<!\w){re.escape(brand.casefold())}(?!\w)", f" {role} ", line)
    return line


def _grams(kind: str, words: Sequence[str]) -> list[str]:
    framed = ["^", *words, "$"]
    threes = zip(framed, framed[1:], framed[2:], strict=False)
    return [
        *[f"{kind} {one}" for one in framed],
        *[f"{kind} {one} {two}" for one, two in pairwise(framed)],
        *[f"{kind} {one} {two} {three}" for one, two, three in threes],
    ]


def _moves(classes: Sequence[str]) -> Iterator[str]:
    """Name what stands around a move away, clause by clause, whatever word it is said with."""
    for clause in clauses_of(classes):
        moves = [_MOVES.get(word, word) for word in clause]
        yield from _grams("m", moves)
        framed = ["^", *moves, "$"]
        for at, word in enumerate(framed):
            if word == "<move>":
                yield from (f"m {word} .. {later}" for later in framed[at + 2 : at + 4])
                yield from (f"m {sooner} .. {word}" for sooner in framed[max(0, at - 3) : at][:-1])


def _around_brands(words: Sequence[str]) -> Iterator[str]:
    """Tell which words stand near a brand, and which motion and direction lead to it."""
    for at, word in enumerate(words):
        if word not in {TARGET, OTHER}:
            continue
        for step in range(1, WINDOW + 1):
            if at >= step:
                yield f"{word} left {words[at - step]}"
            if at + step < len(words):
                yield f"{word} right {words[at + step]}"
        if at:
            yield f"{word} next {words[at - 1]}"
        before = list(reversed(words[:at]))
        way = next((one for one in before[:2] if one in _DIRECTIONS), "-")
        motion = next((one for one in before if one in _MOTIONS), "-")
        yield from (f"{word} way {motion} {way}", f"{word} motion {motion}", f"{word} way {way}")
