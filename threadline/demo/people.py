"""The people of Northwind Broadband: customers, agents, and two households that share a line.

Every telephone number lies in the range 555-0100 to 555-0199 that is kept for fiction, every
address in a domain that is kept for examples.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from random import Random

from processors.normalise.result import Company
from threadline.demo.scripts import SCRIPTS

DOMAIN = "northwind.example"
SUPPORT_NUMBER = "+12065550100"
SMS_NUMBER = "+12065550101"
SOCIAL_HANDLE = "handle:chirp:northwind"
AREA_CODES = ("206", "303", "404", "503", "617")
MAIL_DOMAINS = ("example.com", "example.org", "example.net", "mailbox.example", "letters.test")
STUDENT_HOUSE = 6
FAMILY = ("Leo Hartigan", "Judith Hartigan", "Clara Hartigan")

COMPANY = Company(
    domains=(DOMAIN,),
    identifiers=(f"phone:{SUPPORT_NUMBER}", f"phone:{SMS_NUMBER}", SOCIAL_HANDLE),
    region="US",
    queues={
        f"email:{queue}@{DOMAIN}": queue
        for queue in ("technical", "billing", "retention", "sales", "general")
    },
)


@dataclass(frozen=True)
class Person:
    """One customer; identifiers are written as events carry them.

    `linked` says that the CRM knows the handle. `joined_day` counts from the first day to when
    the CRM first tells of the customer. `shares` names the household whose number this is.
    `signs_in` says that no chat of this customer is anonymous.
    """

    name: str
    crm: str
    phone: str
    email: str
    cookie: str
    handle: str | None
    account: str | None
    brand: str
    area: str
    plan: str
    joined_day: int
    linked: bool
    signs_in: bool = False
    shares: str | None = None

    @property
    def first(self) -> str:
        """Give the first name."""
        return self.name.split()[0]

    def profile(self) -> tuple[str, ...]:
        """List what the CRM knows: never the cookie, and the handle only where it is linked."""
        known = [self.crm, self.phone, self.email]
        if self.account:
            known.append(self.account)
        if self.handle and self.linked:
            known.append(self.handle)
        return tuple(known)


@dataclass(frozen=True)
class Agent:
    """One agent; the address in the company's own domain makes them one."""

    name: str
    queues: tuple[str, ...]

    @property
    def address(self) -> str:
        """Give the agent's mail address."""
        return f"{self.name.lower().replace(' ', '.')}@{DOMAIN}"

    @property
    def identifier(self) -> str:
        """Give the agent's identifier."""
        return f"email:{self.address}"


AGENTS = (
    Agent("Tom Barrow", ("technical", "general")),
    Agent("Grace Adeyemi", ("technical", "billing", "general")),
    Agent("Priya Raman", ("retention", "billing")),
    Agent("Daniel Osei", ("sales", "billing")),
    Agent("Lucy Tran", ("technical",)),
    Agent("Marek Dvorsky", ("technical",)),
    Agent("Elena Sorrentino", ("billing",)),
    Agent("Kofi Lamptey", ("billing", "general")),
    Agent("Sara Winther", ("sales", "general")),
    Agent("Jonah Reyes", ("retention",)),
    Agent("Aisha Farouk", ("technical", "sales")),
    Agent("Peter Novotny", ("general", "technical")),
)


def agents_of(queue: str) -> tuple[Agent, ...]:
    """List the agents who work a queue."""
    return tuple(agent for agent in AGENTS if queue in agent.queues)


def agent_named(name: str) -> Agent:
    """Find an agent by name."""
    return next(agent for agent in AGENTS if agent.name == name)


def make_people(rng: Random, count: int = 300) -> tuple[Person, ...]:
    """Make the customers: those heard in the recorded calls first, then the households."""
    cast = list(dict.fromkeys(script.customer for script in SCRIPTS))
    names = [*cast, *(name for name in FAMILY if name not in cast)]
    known = set(names)
    stock = tomllib.loads(Path(__file__).with_name("names.toml").read_text("utf-8"))
    others = [f"{first} {last}" for first, last in product(stock["first"], stock["last"])]
    rng.shuffle(others)
    names += [name for name in others if name not in known][: count - len(names)]
    numbers = _numbers(cast)
    student = cast.index("Noah Fairweather")
    house = {student, *range(len(cast) + 3, len(cast) + 2 + STUDENT_HOUSE)}
    family = {index for index, name in enumerate(names) if name in FAMILY}
    return tuple(
        _person(index, name, numbers, rng, _household(index, house, family))
        for index, name in enumerate(names)
    )


def _household(index: int, house: set[int], family: set[int]) -> tuple[str, int] | None:
    """Name the household of a person and the person whose number it uses."""
    if index in house:
        return "student house", min(house)
    return ("family", min(family)) if index in family else None


def _numbers(cast: list[str]) -> list[str]:
    """List the fictional numbers; the cast's are those that they say in their calls."""
    free = [f"+1{area}5550{n}" for n in range(110, 200) for area in AREA_CODES]
    said = "+13035550173"
    free.remove(said)
    free.insert(cast.index("Hannah Okafor"), said)
    return free


def _person(
    index: int,
    name: str,
    numbers: list[str],
    rng: Random,
    household: tuple[str, int] | None,
) -> Person:
    local = name.lower().replace(" ", ".")
    named = household is not None or any(script.customer == name for script in SCRIPTS)
    line = household[1] if household else index
    has_handle = named or rng.random() < 0.45
    account = f"account:NW-{40_000 + line}" if not household or household[0] == "family" else None
    return Person(
        name=name,
        crm=f"crm:C-{1001 + index}",
        phone=f"phone:{numbers[line]}",
        email=f"email:{local}@{rng.choice(MAIL_DOMAINS)}",
        cookie=f"cookie:c-{rng.getrandbits(40):010x}",
        handle=f"handle:chirp:{local.replace('.', '_')}" if has_handle else None,
        account=account,
        brand="Breeze" if not named and rng.random() < 0.25 else "Northwind",
        area="Eastbank" if named or rng.random() < 0.6 else rng.choice(("Harbour", "Hillside")),
        plan=rng.choice(("Fiber 100", "Fiber 300", "Fiber 500", "Mobile S", "Mobile L")),
        joined_day=0 if named or rng.random() < 0.9 else rng.randrange(1, 22),
        linked=named or rng.random() < 0.8,
        signs_in=named,
        shares=household[0] if household else None,
    )
