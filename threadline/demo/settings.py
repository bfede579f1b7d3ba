"""The demo company's `threadline.toml`: what it calls its own."""

from __future__ import annotations

from pathlib import Path

from processors.normalise.result import Company

BRANDS = ("Northwind", "Breeze")
SAID_IN_CALLS = ("Northwind Broadband",)


def write_settings(path: Path, company: Company) -> None:
    """Write the settings file of a home."""
    numbers = [i.partition(":")[2] for i in company.identifiers if i.startswith("phone:")]
    handles = [i.partition(":")[2] for i in company.identifiers if i.startswith("handle:")]
    queues = "".join(
        f'"{desk.removeprefix("email:")}" = "{queue}"\n' for desk, queue in company.queues.items()
    )
    path.write_text(
        "# What the company calls its own; everybody else is a customer.\n"
        "[tenants.default]\n"
        f"domains = {_list(company.domains)}\n"
        f"numbers = {_list(numbers)}\n"
        f"handles = {_list(handles)}\n"
        f'region = "{company.region}"\n'
        f"brands = {_list(BRANDS)}\n"
        f"vocabulary = {_list(SAID_IN_CALLS)}\n"
        "\n[tenants.default.queues]\n"
        f"{queues}",
        "utf-8",
    )


def _list(values: list[str] | tuple[str, ...]) -> str:
    return "[" + ", ".join(f'"{value}"' for value in values) + "]"
