"""Which stages there are, in the order in which a contact passes them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from processors.brands import Brands
from processors.identity.rules import Rules as IdentityRules
from processors.keywords import KeywordMatcher
from processors.normalise.result import Company
from processors.redaction import DEFAULT_POLICY, Policy
from schemas.ledger import LedgerRules
from schemas.satisfaction import Rate
from schemas.talk import TalkRules
from streams.stages.assemble import assemble
from streams.stages.index import index
from streams.stages.ledger import ledger
from streams.stages.normalise import NormaliseRules, normalise
from streams.stages.resolve import resolve
from streams.stages.tag import tag
from streams.stages.transcribe import Hearing, transcribe
from streams.stages.watch import watch
from streams.topology import Topology


@dataclass(frozen=True)
class PipelineRules:
    """What the stages must know of the company and its wishes."""

    companies: Mapping[str, Company] = field(default_factory=dict)
    policy: Policy = DEFAULT_POLICY
    hearings: Mapping[str, Hearing] = field(default_factory=dict)
    keywords: KeywordMatcher = field(default_factory=KeywordMatcher)
    brands: Mapping[str, Brands] = field(default_factory=dict)
    satisfaction: Rate | None = None
    identity: IdentityRules = field(default_factory=IdentityRules)
    ledger: LedgerRules = field(default_factory=LedgerRules)
    talk: TalkRules = field(default_factory=TalkRules)


def pipeline(rules: PipelineRules) -> Topology:
    """Declare the pipeline."""
    return Topology(
        (
            normalise(NormaliseRules(rules.companies, rules.policy)),
            transcribe(rules.policy, rules.hearings),
            tag(rules.keywords, brands=rules.brands),
            resolve(rules.identity),
            assemble(rules.satisfaction, rules.talk),
            index(),
            ledger(rules.ledger),
            watch(),
        )
    )
