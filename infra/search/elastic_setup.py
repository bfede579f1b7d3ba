"""Install the index templates, and tell by whom the indices that are there were made."""

from __future__ import annotations

from importlib.resources import files
from typing import Any

import elasticsearch

from infra.search.elastic_client import Place, translated
from infra.search.elastic_generations import Generation, Generations
from processors.analysis import ANALYSER_VERSION
from schemas.base import decode
from schemas.errors import ConfigError

SCHEMA_VERSION = 1
"""Grows with the fields of the templates."""
TEMPLATES = {
    "utt": ("utterances.index-template.json", "-utt-*-*-*"),
    "homes": ("homes.index-template.json", "-homes-*"),
}
"""The file in `schemas/json/` and, behind the prefix, the names of the indices that it is for."""


def set_up(place: Place, generations: Generations) -> None:
    """Install the templates, and create the first generation where there is none.

    Raises:
        ConfigError: they were written by a newer version, or may not be written by us.
    """
    for name, (file, pattern) in TEMPLATES.items():
        template = decode((files("schemas") / "json" / file).read_bytes(), dict[str, Any])
        _install(place, f"{place.prefix}-{name}", f"{place.prefix}{pattern}", template)
    generations.open_first()
    live = generations.standing(fresh=True).live
    if any(meta["schema"] > SCHEMA_VERSION for meta in _metas(place, live)):
        raise ConfigError("the search index was written by a newer version of Threadline")


def check_analyser(place: Place, live: Generation) -> None:
    """Refuse an index whose text was cut into other terms than a query's would be.

    Raises:
        ConfigError: the index must be built anew.
    """
    analysers = {meta["analyser"] for meta in _metas(place, live) if "analyser" in meta}
    if analysers - {ANALYSER_VERSION}:
        raise ConfigError(
            "the search index was analysed by another version: threadline index rebuild"
        )


def _install(place: Place, name: str, pattern: str, template: dict[str, Any]) -> None:
    indices = place.client.indices
    with translated():
        try:
            found = indices.get_index_template(name=name)["index_templates"]
            held = found[0]["index_template"].get("version", 0)
        except elasticsearch.NotFoundError:
            held = 0
        if held > template["version"]:
            raise ConfigError(f"the template {name} was written by a newer version of Threadline")
        if held < template["version"]:
            indices.put_index_template(name=name, index_patterns=[pattern], **template)


def _metas(place: Place, live: Generation) -> list[dict[str, int]]:
    with translated():
        found = place.client.indices.get_mapping(
            index=[live.homes, *live.indices], ignore_unavailable=True
        )
    return [index["mappings"]["_meta"] for index in found.values()]
