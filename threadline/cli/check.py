"""`threadline check`: whether everything is in place."""

from __future__ import annotations

from collections.abc import Iterator

import click

from models.fetch import located
from models.pipeline import OwnModel, TextTask
from models.pipeline import check as ready
from processors.identity.rules import rules_name
from schemas.base import Contract, decode
from schemas.errors import ConfigError
from streams.stages.resolve import NAME as RESOLVE
from streams.stages.resolve_state import RulesUsed, rules_key
from threadline.addresses import without_secrets
from threadline.cli.common import json_option, open_home, print_json
from threadline.settings import Settings
from threadline.wiring import Wiring


class Finding(Contract, frozen=True, kw_only=True):
    """One thing that was looked at."""

    what: str
    ok: bool
    detail: str


NAMED = 5
"""Frozen customers per tenant that are named; there may be more."""


@click.command("check")
@json_option
@click.pass_context
def command(ctx: click.Context, as_json: bool) -> None:
    """Check settings, home, models and the file; exit code 1 when something is amiss."""
    wiring = open_home(ctx)
    findings = list(_findings(wiring))
    if as_json:
        print_json(findings)
    else:
        for finding in findings:
            click.echo(f"{'ok  ' if finding.ok else 'MISS'} {finding.what}: {finding.detail}")
    if not all(finding.ok for finding in findings):
        ctx.exit(1)


def _findings(wiring: Wiring) -> Iterator[Finding]:
    settings = wiring.settings
    yield Finding(what="settings", ok=True, detail=_shown(settings))
    yield Finding(what="backends", ok=True, detail=backends_shown(settings))
    yield Finding(what="home", ok=True, detail=str(settings.home))
    if settings.backends.uses_file:
        problem = wiring.integrity()
        yield Finding(what="file", ok=problem == "ok", detail=f"{wiring.path.name}: {problem}")
    place = located(settings.speech_model, settings.models)
    missing = f"not in {settings.models}: threadline models fetch {settings.speech_model}"
    yield Finding(
        what="speech model", ok=place is not None, detail=str(place) if place else missing
    )
    place = located("utterance-encoder", settings.models)
    yield Finding(what="text encoder", ok=place is not None, detail=str(place))
    yield from (_own(task, model) for task, model in settings.file.models.items())
    waiting = wiring.waiting()
    text = ", ".join(f"{stage} {number}" for stage, number in waiting.items() if number)
    yield Finding(what="waiting", ok=True, detail=text or "nothing")
    stale = list(_computed_otherwise(wiring))
    yield Finding(
        what="rules",
        ok=not stale,
        detail=f"customers of {', '.join(stale)} were computed by other rules of identity:"
        " threadline replay --from resolve"
        if stale
        else "customers are computed by the rules of identity in use",
    )
    frozen = list(_frozen(wiring))
    yield Finding(
        what="identity",
        ok=not frozen,
        detail=f"more evidence than is taken in: {', '.join(frozen)}; block what connects them"
        if frozen
        else "all evidence is taken in",
    )


def _own(task: TextTask, model: OwnModel) -> Finding:
    try:
        ready(task, model)
    except ConfigError as error:
        return Finding(what=f"own model for {task}", ok=False, detail=str(error))
    return Finding(what=f"own model for {task}", ok=True, detail=model.engine())


def _computed_otherwise(wiring: Wiring) -> Iterator[str]:
    """Name the tenants with customers that were computed by rules that are not in use."""
    tenants = {rules_key(tenant): tenant for tenant in wiring.lookup.views.tenants()}
    name = rules_name(wiring.settings.file.identity)
    for key, data in sorted(wiring.backend().store.load(RESOLVE, list(tenants)).items()):
        if decode(data, RulesUsed).names != (name,):
            yield tenants[key]


def _frozen(wiring: Wiring) -> Iterator[str]:
    """Name customers that are frozen, a few per tenant."""
    views = wiring.lookup.views
    for tenant in views.tenants():
        for customer in views.frozen_customers(tenant, NAMED):
            yield f"{customer.id} of {tenant}"


def _shown(settings: Settings) -> str:
    tenants = ", ".join(settings.file.tenants) or "none named in threadline.toml"
    token = "set" if settings.token else "none (loopback only)"
    return f"tenants: {tenants}; token: {token}; speech model: {settings.speech_model}"


def backends_shown(settings: Settings) -> str:
    """Name log, store, search and recordings with their addresses, without what is secret."""
    chosen = settings.backends
    parts = (
        ("log", chosen.log, settings.log),
        ("store", chosen.store, settings.store),
        ("search", chosen.search, settings.search),
        ("recordings", chosen.blobs, settings.blobs),
    )
    return "; ".join(f"{part}: {without_secrets(url) or vendor}" for part, vendor, url in parts)
