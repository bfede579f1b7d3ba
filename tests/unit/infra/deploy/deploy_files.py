"""The deployment files, parsed."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[4]
DEPLOY = ROOT / "infra/deploy"
KUBERNETES = DEPLOY / "kubernetes"

Part = dict[str, Any]


def compose() -> Part:
    return dict(yaml.safe_load((ROOT / "compose.yaml").read_text("utf-8")))


def board() -> Part:
    return dict(json.loads((DEPLOY / "grafana/threadline.json").read_text("utf-8")))


def dockerfile() -> str:
    return (DEPLOY / "Dockerfile").read_text("utf-8")


def objects(kind: str = "") -> list[Part]:
    """Give what the Kubernetes example declares, of one kind or all."""
    found = [
        one
        for path in sorted(KUBERNETES.glob("*.yaml"))
        for one in yaml.safe_load_all(path.read_text("utf-8"))
    ]
    return [one for one in found if not kind or one["kind"] == kind]


def named(kind: str, name: str) -> Part:
    (found,) = [one for one in objects(kind) if one["metadata"]["name"] == name]
    return found


def pods() -> Iterator[tuple[str, Part]]:
    """Give the pod of each workload by the workload's name."""
    for kind in ("Deployment", "StatefulSet", "Job"):
        for one in objects(kind):
            yield one["metadata"]["name"], one["spec"]["template"]["spec"]


def environment(service: Part) -> dict[str, str]:
    """Give a compose service's variables as its process sees them; required ones as `given`."""

    def filled(found: re.Match[str]) -> str:
        return found[3] if found[2] == ":-" else "given"

    return {
        name: re.sub(r"\$\{(\w+)(:[-?])([^}]*)\}", filled, str(value))
        for name, value in service["environment"].items()
    }
