"""The Kubernetes example runs every stage once, unprivileged, with settings that exist."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from schemas.topics import TOPICS
from streams.pipeline import PipelineRules, pipeline
from tests.unit.infra.deploy.deploy_files import KUBERNETES, ROOT, named, objects, pods
from threadline import __version__
from threadline.settings import PREFIX, Settings, load_settings

STAGES = {stage.name: stage for stage in pipeline(PipelineRules()).stages}
GROUPS = {one["metadata"]["name"]: one for one in objects("StatefulSet")}
PODS = dict(pods())
VARIABLES = {f"{PREFIX}{name.upper()}" for name in Settings.__struct_fields__ if name != "file"}


def worker(group: str) -> dict[str, Any]:
    (container,) = GROUPS[group]["spec"]["template"]["spec"]["containers"]
    return dict(container)


def stages(group: str) -> list[str]:
    verb, option, names = worker(group)["args"]
    assert (verb, option) == ("run", "--stages")
    return str(names).split(",")


def test_every_stage_is_in_exactly_one_group() -> None:
    assert sorted(name for group in GROUPS for name in stages(group)) == sorted(STAGES)


def test_speech_has_a_group_of_its_own() -> None:
    assert stages("threadline-speech") == [
        name for name, stage in STAGES.items() if stage.remembers
    ]


def test_the_settings_are_read_and_make_a_cluster(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = dict(named("ConfigMap", "threadline-settings")["data"])
    given |= named("Secret", "threadline-secrets")["stringData"]
    for name, value in given.items():
        if name.endswith("_CA"):
            (tmp_path / Path(value).name).write_text("a certificate", "utf-8")
            given[name] = str(tmp_path / Path(value).name)
            assert Path(value).name in named("Secret", "threadline-ca")["stringData"]
    company = named("ConfigMap", "threadline-company")["data"]
    for name, text in company.items():
        (tmp_path / name).write_text(text, "utf-8")
    for pod in PODS.values():
        for container in pod["containers"]:
            own = {one["name"]: one.get("value", "pod-0") for one in container.get("env", ())}
            settings = load_settings(tmp_path, given | own)
            assert settings.backends.is_cluster
            assert not settings.backends.uses_file
            assert settings.companies()["default"].domains


@pytest.mark.parametrize("path", sorted(KUBERNETES.glob("*.yaml")), ids=lambda path: path.name)
def test_every_variable_that_is_named_is_a_setting(path: Path) -> None:
    text = re.sub(r"#.*", "", path.read_text("utf-8"))
    assert set(re.findall(rf"\b{PREFIX}[A-Z_]+", text)) <= VARIABLES


@pytest.mark.parametrize("name", PODS)
def test_no_pod_is_privileged_and_none_gets_variables_that_are_no_settings(name: str) -> None:
    pod = PODS[name]
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["runAsUser"] == 10001
    assert pod["enableServiceLinks"] is False
    assert pod["automountServiceAccountToken"] is False
    for container in (*pod["containers"], *pod.get("initContainers", ())):
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        assert container["resources"]["limits"]["memory"]


@pytest.mark.parametrize("name", [name for name in PODS if name != "threadline-setup"])
def test_whatever_keeps_running_is_probed_where_it_answers(name: str) -> None:
    (container,) = PODS[name]["containers"]
    own = {one["name"]: one.get("value") for one in container["env"]}
    (port,) = container["ports"]
    listens = own.get("THREADLINE_HEALTH_PORT") or own.get("THREADLINE_PORT")
    assert str(port["containerPort"]) == listens
    probes = {
        "readinessProbe": "/readyz", "livenessProbe": "/healthz", "startupProbe": "/healthz",
    }  # fmt: skip
    for probe, path in probes.items():
        assert container[probe]["httpGet"] == {"path": path, "port": port["name"]}


@pytest.mark.parametrize("group", GROUPS)
def test_a_worker_keeps_its_name_and_may_be_moved(group: str) -> None:
    own = {one["name"]: one for one in worker(group)["env"]}
    path = own["THREADLINE_WORKER"]["valueFrom"]["fieldRef"]["fieldPath"]
    assert path == "metadata.name"
    labels = GROUPS[group]["spec"]["template"]["metadata"]["labels"]
    for kind in ("PodDisruptionBudget", "Service"):
        spec = named(kind, group)["spec"]
        assert spec["selector"].get("matchLabels", spec["selector"]) == labels
    assert GROUPS[group]["spec"]["selector"]["matchLabels"] == labels
    assert named("PodDisruptionBudget", group)["spec"]["maxUnavailable"] == 1


def test_workers_follow_the_lag_of_a_stage_of_theirs_and_never_exceed_the_partitions() -> None:
    partitions = int(named("ConfigMap", "threadline-settings")["data"]["THREADLINE_PARTITIONS"])
    scaled = objects("ScaledObject")
    assert {one["spec"]["scaleTargetRef"]["name"] for one in scaled} < set(GROUPS)
    for one in scaled:
        assert one["spec"]["maxReplicaCount"] <= partitions
        for trigger in one["spec"]["triggers"]:
            about = trigger["metadata"]
            stage = STAGES[about["consumerGroup"].removeprefix("threadline.")]
            assert about["topic"] in stage.reads
            assert not TOPICS[about["topic"]].single
            assert stage.name in stages(one["spec"]["scaleTargetRef"]["name"])


def test_the_image_is_of_this_version_and_everything_is_listed() -> None:
    (listing,) = objects("Kustomization")
    (image,) = listing["images"]
    assert (image["name"], image["newTag"]) == ("threadline", __version__)
    pods_images = {one["image"] for pod in PODS.values() for one in pod["containers"]}
    assert pods_images == {"threadline"}
    apart = {"kustomization.yaml", "secrets.example.yaml", "autoscaling.yaml"}
    assert {*listing["resources"], *apart} == {path.name for path in KUBERNETES.iterdir()}


def test_every_volume_that_is_mounted_is_there() -> None:
    for name, pod in PODS.items():
        claims = GROUPS.get(name, {"spec": {}})["spec"].get("volumeClaimTemplates", ())
        there = {one["name"] for one in pod["volumes"]}
        there |= {one["metadata"]["name"] for one in claims}
        used = {
            mount["name"]
            for one in (*pod["containers"], *pod.get("initContainers", ()))
            for mount in one["volumeMounts"]
        }
        assert used == there, name


def mappings(node: yaml.Node) -> Iterator[yaml.MappingNode]:
    if isinstance(node, yaml.MappingNode):
        yield node
    for child in node.value if isinstance(node.value, list) else ():
        for one in child if isinstance(child, tuple) else (child,):
            yield from mappings(one)


def test_no_yaml_names_a_key_twice() -> None:
    for path in (ROOT / "compose.yaml", *KUBERNETES.glob("*.yaml")):
        for document in yaml.compose_all(path.read_text("utf-8")):
            for mapping in mappings(document):
                keys = [key.value for key, _ in mapping.value]
                assert len(keys) == len(set(keys)), (path.name, keys)
