"""How alike two short texts are, as people mistype and shorten them."""

from __future__ import annotations

from functools import lru_cache

REMEMBERED = 1 << 17
PREFIX_WORTH = 0.1
LONGEST_PREFIX = 4
_ROUNDING = 1e-9

# Everyday English short forms; each line is one group.
_SHORT_FORMS = """
alexander alex al sandy xander alec
alexandra alex sandra sandy lexi
alfred alf alfie fred
andrew andy drew
anthony tony ant
barbara barb babs
benjamin ben benny
catherine katherine kathryn cathy kathy kate katie kat cat
charles charlie chuck chas
charlotte charlie lottie
christina christine chris tina chrissy
christopher chris kit topher
daniel dan danny
david dave davey
deborah debra deb debbie
dorothy dot dottie dolly
edward ed eddie ted ned
eleanor ellie nell nora
elizabeth liz lizzie beth betty eliza libby lisa bess
emily em emmy
florence flo flossie
frances fran frankie
francis frank fran
frederick fred freddie
gabriel gabe
george georgie
gerald gerry jerry
gregory greg
harold harry hal
henry harry hank hal
isabella isabelle bella izzy isabel
jacob jake
jacqueline jackie
james jim jimmy jamie
jeffrey geoffrey jeff geoff
jennifer jen jenny
jessica jess jessie
john jack johnny jon
jonathan jon jonny nathan
joseph joe joey
joshua josh
judith judy jude
kenneth ken kenny
lawrence laurence larry laurie
leonard leo len lenny
louis lewis lou louie
madeleine madeline maddie
margaret maggie meg peggy margie rita greta
martin marty
mary molly polly maria marie
matthew matt
megan meg
michael mike mick mickey mikey
nathaniel nathan nat nate
nicholas nick nicky nico
oliver ollie
pamela pam
patricia pat patty tricia trish
patrick pat paddy
peter pete
philip phillip phil pip
rebecca becky becca
richard dick rick ricky richie rich
robert bob bobby rob robbie bert
ronald ron ronnie
samantha sam sammy
samuel sam sammy
sarah sara sally sadie
stephen steven steve
susan sue suzie susanna suzanne
theodore ted teddy theo
theresa teresa terry tess
thomas tom tommy
timothy tim timmy
victoria vicky tori
vincent vince vinny
walter walt wally
william bill billy will willie liam
zachary zach zack
"""
_GROUPS: dict[str, set[int]] = {}
for _number, _line in enumerate(_SHORT_FORMS.split("\n")):
    for _name in _line.split():
        _GROUPS.setdefault(_name, set()).add(_number)


def short_form(a: str, b: str) -> bool:
    """Tell whether two given names are forms of one name, or one abbreviates the other."""
    if not _GROUPS.get(a, set()).isdisjoint(_GROUPS.get(b, ())):
        return True
    shorter, longer = sorted((a, b), key=len)
    return len(shorter) != 2 and longer.startswith(shorter)


@lru_cache(REMEMBERED)
def jaro_winkler(a: str, b: str) -> float:
    """Give the similarity of Jaro and Winkler, 0..1 (Winkler 1990), for short texts."""
    if a == b:
        return 1.0
    if not a or not b:
        return 0.0
    common, other = _matched(a, b)
    if not common:
        return 0.0
    half_swaps = sum(x != y for x, y in zip(common, other, strict=True))
    shared = len(common)
    jaro = (shared / len(a) + shared / len(b) + (shared - half_swaps / 2) / shared) / 3
    prefix = 0
    for x, y in zip(a[:LONGEST_PREFIX], b, strict=False):
        if x != y:
            break
        prefix += 1
    return jaro + prefix * PREFIX_WORTH * (1 - jaro)


def most_alike(a: str, b: str) -> float:
    """Bound the similarity of two texts from above by the signs that they share; much cheaper."""
    if not a or not b:
        return float(a == b)
    shared = min(sum(map(b.__contains__, a)), sum(map(a.__contains__, b)))
    jaro = (shared / len(a) + shared / len(b) + 1) / 3 if shared else 0.0
    prefix = LONGEST_PREFIX if a[0] == b[0] else 0
    return jaro + prefix * PREFIX_WORTH * (1 - jaro) + _ROUNDING


def _matched(a: str, b: str) -> tuple[list[str], list[str]]:
    """Give the signs that both have about the same place of, in the order of each."""
    reach = max(len(a), len(b)) // 2 - 1
    taken = [False] * len(b)
    common = []
    for place, sign in enumerate(a):
        start = max(0, place - reach)
        found = b.find(sign, start, place + reach + 1)
        while found >= 0 and taken[found]:
            found = b.find(sign, found + 1, place + reach + 1)
        if found >= 0:
            taken[found] = True
            common.append(sign)
    return common, [sign for sign, used in zip(b, taken, strict=True) if used]


@lru_cache(REMEMBERED)
def edits(a: str, b: str, most: int = 3) -> int:
    """Count insertions, deletions, changes and swaps of neighbours (optimal string alignment).

    Stops counting at `most`.
    """
    if a == b:
        return 0
    # Whatever sign only one of them has costs an edit: that settles most pairs.
    if abs(len(a) - len(b)) >= most or max(len({*a} - {*b}), len({*b} - {*a})) >= most:
        return most
    before: list[int] = []
    above = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        row = [i]
        for j, y in enumerate(b, 1):
            cost = min(above[j] + 1, row[-1] + 1, above[j - 1] + (x != y))
            if i > 1 and j > 1 and x == b[j - 2] and a[i - 2] == y:
                cost = min(cost, before[j - 2] + 1)
            row.append(cost)
        before, above = above, row
    return min(above[-1], most)
