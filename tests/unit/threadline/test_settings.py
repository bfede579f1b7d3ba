"""Settings say what is wrong by its name, and secrets do not print."""

from __future__ import annotations

from pathlib import Path

import pytest

from schemas.errors import ConfigError
from threadline.settings import load_settings


def write(home: Path, text: str | bytes) -> Path:
    home.mkdir(exist_ok=True)
    home.joinpath("threadline.toml").write_bytes(text.encode() if isinstance(text, str) else text)
    return home


def test_without_anything_the_defaults_stand(tmp_path: Path) -> None:
    settings = load_settings(tmp_path, {})
    assert (settings.home, settings.host, settings.token) == (tmp_path, "127.0.0.1", "")
    assert settings.worker_count >= 1
    assert settings.companies() == {}


def test_the_environment_sets_and_an_empty_variable_does_not(tmp_path: Path) -> None:
    given = {
        "THREADLINE_HOME": str(tmp_path / "a"), "THREADLINE_MODELS": str(tmp_path / "m"),
        "THREADLINE_PORT": "0", "THREADLINE_WORKERS": "3", "THREADLINE_HOST": "",
        "THREADLINE_DATA": "not a setting", "PORT": "1",
    }  # fmt: skip
    settings = load_settings(None, given)
    assert (settings.home, settings.models) == (tmp_path / "a", tmp_path / "m")
    assert (settings.port, settings.worker_count, settings.host) == (0, 3, "127.0.0.1")
    assert load_settings(tmp_path / "b", given).home == tmp_path / "b"


@pytest.mark.parametrize("name", ["PORT", "WORKERS", "BACKLOG"])
def test_a_variable_that_is_no_number_is_named(tmp_path: Path, name: str) -> None:
    with pytest.raises(ConfigError, match=f"THREADLINE_{name}: Expected `int`"):
        load_settings(tmp_path, {f"THREADLINE_{name}": "many"})


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("PARTITIONS", "0", ">= 1"),
        ("REPLICATION", "0", ">= 1"),
        ("STALL_S", "0", "> 0"),
        ("HEALTH_PORT", "70000", "<= 65535"),
        ("ENGINE", "spark", "spark"),
        ("WORKER", "a b", "letters"),
        ("WORKRES", "1", "there is no THREADLINE_WORKRES"),
    ],
)
def test_a_value_that_cannot_be_is_named(tmp_path: Path, name: str, value: str, says: str) -> None:
    with pytest.raises(ConfigError, match=f"THREADLINE_{name}") as caught:
        load_settings(tmp_path, {f"THREADLINE_{name}": value})
    assert says in str(caught.value)


def test_names_of_engines_are_read_in_any_case(tmp_path: Path) -> None:
    assert load_settings(tmp_path, {"THREADLINE_ENGINE": "Confluent"}).engine == "confluent"


def test_secrets_do_not_print(tmp_path: Path) -> None:
    given = {"THREADLINE_TOKEN": "t0p", "THREADLINE_WEBHOOK_SECRET": "s3cret"}
    settings = load_settings(tmp_path, given)
    assert settings.token == "t0p"
    assert "t0p" not in repr(settings)
    assert "s3cret" not in repr(settings)


def test_a_company_is_read_with_its_identifiers_in_canonical_form(tmp_path: Path) -> None:
    text = """
        [tenants.acme]
        domains = ["Acme.Example"]
        numbers = ["030 123456"]
        handles = ["x:@Acme"]
        region = "DE"
        [categories]
        fibre = ["fibre", "glass"]
    """
    settings = load_settings(write(tmp_path, text), {})
    company = settings.companies()["acme"]
    assert company.owns("email:help@acme.example")
    assert company.owns("phone:+4930123456")
    assert company.owns("handle:x:acme")
    assert not company.owns("email:ana@example.com")
    assert settings.file.categories == {"fibre": ("fibre", "glass")}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[tenants.default]\ndomains = 5", r"Expected `array`.*\$\.tenants"),
        ("[tenants.default]\ndomain = []", "domain"),
        ("[tenant.default]", "tenant"),
        ("[categories]\nx = 'y'", r"\$\.categories"),
        ("no equals sign", "line 1"),
        (b"\xff\xfe", "threadline.toml"),
        ("[redaction.actions]\ncard = 'hash'", "salt"),
    ],
)
def test_a_file_that_is_wrong_is_named_with_its_field(
    tmp_path: Path, text: str | bytes, says: str
) -> None:
    with pytest.raises(ConfigError, match=says):
        load_settings(write(tmp_path, text), {})


def test_a_folder_in_the_place_of_the_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "threadline.toml").mkdir()
    with pytest.raises(ConfigError, match=r"threadline\.toml"):
        load_settings(tmp_path, {})


def test_a_number_that_is_none_is_named(tmp_path: Path) -> None:
    settings = load_settings(write(tmp_path, '[tenants.default]\nnumbers = ["twelve"]'), {})
    with pytest.raises(ConfigError, match="twelve"):
        settings.companies()
