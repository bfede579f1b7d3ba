"""The documentation names everything that there is, and nothing that there is not."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from schemas.base import decode
from schemas.events import Event, Kind
from schemas.metrics import METRICS
from schemas.topics import TOPICS
from streams.pipeline import PipelineRules, pipeline
from threadline.cli import VERBS, cli
from threadline.settings import PREFIX, FileSettings, Settings, TenantSettings, load_settings

ROOT = Path(__file__).parents[2]
PACKAGES = ("threadline", "api", "streams", "infra", "models", "processors", "schemas")
REFERENCE = ROOT / "docs/reference"
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
CODE = re.compile(r"`([^`\n]+)`")
LINK = re.compile(r"!?\[[^\]\n]*\]\(([^()\s]+)\)")
FILE = re.compile(r"[\w.-]+/[\w./-]*")
FLAGS = re.MULTILINE | re.DOTALL
FENCED = re.compile(r"^```.*?^```$", FLAGS)


def read(name: str) -> str:
    return (ROOT / name).read_text("utf-8")


def rows(page: str) -> dict[str, str]:
    """Give the rows of all tables by the code in their first cell."""
    return {found[1]: found[0] for found in re.finditer(r"^\| `([^`]+)` \|.*$", page, re.MULTILINE)}


def leaves(command: click.Command, path: str = "") -> Iterator[tuple[str, click.Command]]:
    if isinstance(command, click.Group):
        if any(isinstance(parameter, click.Option) for parameter in command.params) and path:
            yield path, command
        context = click.Context(command)
        for name in command.list_commands(context):
            found = command.get_command(context, name)
            assert found is not None
            yield from leaves(found, f"{path} {name}".strip())
    else:
        yield path, command


COMMANDS = dict(leaves(cli))


def section(verb: str) -> str:
    page = read("docs/reference/cli.md")
    assert f"\n## {verb}\n" in page, f"cli.md has no section on {verb}"
    return page.partition(f"\n## {verb}\n")[2].partition("\n## ")[0]


@pytest.mark.parametrize("path", COMMANDS)
def test_every_verb_stands_in_the_reference_with_all_its_options(path: str) -> None:
    text = section(path.split()[0])
    assert re.search(rf"`(threadline )?{path}[ `]", text), f"{path} is not described"
    for parameter in COMMANDS[path].params:
        if isinstance(parameter, click.Option):
            assert f"`{parameter.opts[0]}`" in text, f"{path} {parameter.opts[0]} is missing"


@pytest.mark.parametrize("verb", VERBS)
def test_the_reference_names_no_option_that_is_not_there(verb: str) -> None:
    named = set(re.findall(r"`(--[a-z-]+)", section(verb)))
    known = {
        option
        for path, command in COMMANDS.items()
        if path.split()[0] == verb
        for parameter in command.params
        for option in parameter.opts
    }
    assert named <= known


def test_every_setting_stands_in_the_reference_and_no_other() -> None:
    page = rows(read("docs/reference/settings.md"))
    variables = {f"{PREFIX}{name.upper()}" for name in Settings.__struct_fields__ if name != "file"}
    assert {name for name in page if name.startswith(PREFIX)} == variables
    fields = {f"tenants.NAME.{name}" for name in TenantSettings.__struct_fields__}
    assert fields <= page.keys()
    for table in FileSettings.__struct_fields__:
        assert any(name.partition(".")[0] == table for name in page), table


def test_the_example_of_threadline_toml_is_read(tmp_path: Path) -> None:
    example = re.findall(r"^```toml\n(.*?)^```$", read("docs/reference/settings.md"), FLAGS)[0]
    (tmp_path / "threadline.toml").write_text(example, "utf-8")
    company = load_settings(tmp_path, environ={}).companies()["default"]
    assert set(company.queues.values()) == {"billing", "sales"}


def test_the_event_that_the_how_to_shows_is_an_event() -> None:
    example = re.findall(r"^```json\n(.*?)^```$", read("docs/how-to/add-a-source.md"), FLAGS)[0]
    assert decode(example, Event).kind is Kind.MESSAGE


def test_every_topic_stands_in_the_reference_with_its_writers_and_readers() -> None:
    table = rows(read("docs/reference/topics.md"))
    assert table.keys() == TOPICS.keys()
    for name, topic in TOPICS.items():
        _, _, contract, written, read_by, _, logged, viewed, _ = table[name].split("|")
        contracts = topic.contract if isinstance(topic.contract, tuple) else (topic.contract,)
        assert set(CODE.findall(contract)) == {one.__name__ for one in contracts}
        assert (logged.strip() == "yes", viewed.strip() == "yes") == (topic.logged, topic.viewed)
        for stage in pipeline(PipelineRules()).stages:
            assert (stage.name in written.replace(",", " ").split()) == (name in stage.writes)
            assert (stage.name in read_by.replace(",", " ").split()) == (name in stage.reads)


def test_every_stage_stands_in_the_reference_and_in_the_architecture() -> None:
    names = [stage.name for stage in pipeline(PipelineRules()).stages]
    for page in ("docs/reference/engine.md", "ARCHITECTURE.md"):
        told = [name for name in rows(read(page)) if name in names]
        assert told == names, page


def reasons() -> set[str]:
    found = set()
    for package in PACKAGES:
        for file in (ROOT / package).rglob("*.py"):
            for node in ast.walk(ast.parse(file.read_text("utf-8"))):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                    found |= set(_reason(node.func.id, node))
                elif isinstance(node, ast.IfExp):
                    found |= set(_fallback(node))
    return found


def _reason(name: str, call: ast.Call) -> Iterator[str]:
    position = {"InvalidEvent": 0, "Rejection": 1}.get(name)
    if position is None and name != "problem":
        return
    given = [word.value for word in call.keywords if word.arg == "reason"]
    if position is not None:
        given += call.args[position : position + 1]
    yield from (str(one.value) for one in given if isinstance(one, ast.Constant))


def _fallback(choice: ast.IfExp) -> Iterator[str]:
    """Find `error.reason if ... else "internal_error"`."""
    if isinstance(choice.body, ast.Attribute) and choice.body.attr == "reason":
        assert isinstance(choice.orelse, ast.Constant)
        yield str(choice.orelse.value)


def test_every_reason_that_the_code_gives_stands_in_the_reference_and_no_other() -> None:
    given = reasons()
    assert {"internal_error", "invalid_query", "id_reused", "unknown_customer"} <= given
    sources = rows(read("docs/reference/sources.md").partition("## Reasons")[2])
    errors = rows(read("docs/reference/errors.md").partition("## Reasons")[2])
    assert not sources.keys() & errors.keys()
    assert sources.keys() | errors.keys() == given


def test_every_error_of_the_tree_stands_in_the_reference() -> None:
    tree = ast.parse(read("schemas/errors.py"))
    classes = {node.name for node in tree.body if isinstance(node, ast.ClassDef)}
    assert rows(read("docs/reference/errors.md")).keys() >= classes - {"ThreadlineError"}


def test_every_metric_stands_in_the_reference_with_its_labels() -> None:
    table = rows(read("docs/reference/metrics.md"))
    assert table.keys() == {metric.name for metric in METRICS}
    for metric in METRICS:
        assert tuple(CODE.findall(table[metric.name].split("|")[3])) == metric.labels


def targets(page: Path) -> set[Path]:
    found = set()
    for link in LINK.findall(FENCED.sub("", page.read_text("utf-8"))):
        if not link.startswith(("http:", "https:", "#")):
            found.add((page.parent / link.partition("#")[0]).resolve())
    return found


def anchor(heading: str) -> str:
    """Write a heading as its anchor, in the manner of the usual hosts."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_relative_link_leads_somewhere(page: Path) -> None:
    for link in LINK.findall(FENCED.sub("", page.read_text("utf-8"))):
        if link.startswith(("http:", "https:")):
            continue
        path, _, place = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), f"{link} leads nowhere"
        if place:
            text = FENCED.sub("", target.read_text("utf-8"))
            heads = {anchor(head) for head in re.findall(r"^#+ (.*)$", text, re.MULTILINE)}
            assert place in heads, f"{link} names no heading"


def test_every_page_is_linked_from_the_index_or_the_readme() -> None:
    linked = targets(ROOT / "README.md") | targets(ROOT / "docs/README.md")
    missing = [page for page in (ROOT / "docs").rglob("*.md") if page.resolve() not in linked]
    assert missing == []


@pytest.mark.parametrize(("name", "most"), [("README.md", 150), ("ARCHITECTURE.md", 200)])
def test_a_page_that_everybody_reads_stays_short(name: str, most: int) -> None:
    assert len(read(name).splitlines()) <= most


def test_decisions_are_numbered_and_short() -> None:
    pages = sorted((ROOT / "docs/decisions").glob("*.md"))
    assert [int(page.name[:4]) for page in pages] == list(range(1, len(pages) + 1))
    for page in pages:
        text = page.read_text("utf-8")
        assert len(text.splitlines()) <= 30
        for part in ("Context", "Choice", "Price", "How to undo"):
            assert f"**{part}.**" in text, f"{page.name} does not say: {part}"


def test_the_readme_uses_verbs_and_make_targets_that_exist() -> None:
    text = read("README.md")
    assert set(re.findall(r"^threadline ([a-z-]+)", text, re.MULTILINE)) <= VERBS.keys()
    targets_here = set(re.findall(r"^([a-z]+):", read("Makefile"), re.MULTILINE))
    assert {"demo", "test"} <= set(re.findall(r"\bmake ([a-z]+)", text)) <= targets_here


def test_files_that_the_architecture_names_exist() -> None:
    named = {name for name in CODE.findall(read("ARCHITECTURE.md")) if re.fullmatch(FILE, name)}
    assert len(named) > 30
    places = [ROOT, *(ROOT / package for package in PACKAGES)]
    missing = [
        name for name in sorted(named) if not any(any(place.glob(f"{name}*")) for place in places)
    ]
    assert missing == []
