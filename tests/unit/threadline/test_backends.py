"""Four addresses pick the backends; what makes no sense is refused with a sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from schemas.errors import ConfigError
from threadline.backends import Backends
from threadline.cli.check import backends_shown
from threadline.settings import Settings, load_settings

KAFKA = {"THREADLINE_LOG": "kafka://one:9092,two:9092?prefix=x."}
KAFKA_TLS = {"THREADLINE_LOG": "kafka+ssl://one:9093"}
LOGIN = {
    "THREADLINE_LOG_SASL": "SCRAM-SHA-512",
    "THREADLINE_LOG_USER": "ana",
    "THREADLINE_LOG_PASSWORD": "log-secret",
}
POSTGRESQL = {"THREADLINE_STORE": "postgresql://ana@db:5432/line"}
ELASTIC = {"THREADLINE_SEARCH": "elasticsearch+http://one:9200,two:9200?prefix=x"}
OPENSEARCH = {"THREADLINE_SEARCH": "opensearch+https://one:9200"}
CLUSTER = KAFKA | POSTGRESQL | ELASTIC


def settings(tmp_path: Path, *given: dict[str, str]) -> Settings:
    environ: dict[str, str] = {}
    for some in given:
        environ |= some
    return load_settings(tmp_path, environ)


@pytest.mark.parametrize(
    ("given", "chosen"),
    [
        ({}, Backends("embedded", "embedded", "embedded", "folder")),
        (ELASTIC, Backends("embedded", "embedded", "elasticsearch", "folder")),
        (POSTGRESQL | OPENSEARCH, Backends("embedded", "postgresql", "opensearch", "folder")),
        (CLUSTER, Backends("kafka", "postgresql", "elasticsearch", "folder")),
        (CLUSTER | {"THREADLINE_BLOBS": "s3://calls/acme?endpoint=http://store:9000&region=eu"},
         Backends("kafka", "postgresql", "elasticsearch", "s3")),
        (CLUSTER | {"THREADLINE_BLOBS": "file:///srv/calls"},
         Backends("kafka", "postgresql", "elasticsearch", "folder")),
        ({"THREADLINE_BLOBS": "s3://calls"},
         Backends("embedded", "embedded", "embedded", "s3")),
        (CLUSTER | KAFKA_TLS | LOGIN | OPENSEARCH,
         Backends("kafka", "postgresql", "opensearch", "folder")),
    ],
)  # fmt: skip
def test_addresses_pick_the_backends(
    tmp_path: Path, given: dict[str, str], chosen: Backends
) -> None:
    assert settings(tmp_path, given).backends == chosen


def test_only_kafka_makes_a_cluster_and_whatever_is_embedded_uses_the_file(tmp_path: Path) -> None:
    embedded, mixed = settings(tmp_path).backends, settings(tmp_path, ELASTIC).backends
    cluster = settings(tmp_path, CLUSTER).backends
    assert (embedded.is_cluster, mixed.is_cluster, cluster.is_cluster) == (False, False, True)
    assert (embedded.uses_file, mixed.uses_file, cluster.uses_file) == (True, True, False)


def test_recordings_lie_in_the_home_or_in_the_folder_that_is_named(tmp_path: Path) -> None:
    assert settings(tmp_path).recordings == tmp_path / "blobs"
    named = settings(tmp_path, {"THREADLINE_BLOBS": "file:///srv/all%20calls"})
    assert named.recordings == Path("/srv/all calls")


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (KAFKA, "workers cannot share the file of a home: set THREADLINE_STORE"),
        (KAFKA | ELASTIC, "set THREADLINE_STORE"),
        (KAFKA | POSTGRESQL, "set THREADLINE_SEARCH"),
        (POSTGRESQL, "set THREADLINE_SEARCH"),
    ],
)
def test_a_mix_that_makes_no_sense_is_refused(
    tmp_path: Path, given: dict[str, str], says: str
) -> None:
    with pytest.raises(ConfigError, match=says):
        settings(tmp_path, given)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"THREADLINE_LOG": "redis://h"}, "THREADLINE_LOG: redis:// is none of kafka://"),
        ({"THREADLINE_LOG": "kafka://"}, "THREADLINE_LOG: the host is missing"),
        ({"THREADLINE_LOG": "kafka://h/topic"}, "there is no path"),
        ({"THREADLINE_LOG": "kafka://ana:pw@h"}, "THREADLINE_LOG_USER"),
        ({"THREADLINE_STORE": "mysql://h/db"}, "THREADLINE_STORE: mysql:// is none of"),
        ({"THREADLINE_STORE": "postgresql:///db"}, "THREADLINE_STORE: the host is missing"),
        ({"THREADLINE_STORE": "postgresql://h"}, "the database is missing"),
        ({"THREADLINE_STORE": "postgresql://:pw@h/db"}, "a password without a user"),
        ({"THREADLINE_SEARCH": "http://h"}, "THREADLINE_SEARCH: http:// is none of"),
        ({"THREADLINE_SEARCH": "elasticsearch+http://"}, "the host is missing"),
        ({"THREADLINE_SEARCH": "elasticsearch+http://ana@h"}, "the password of the user"),
        ({"THREADLINE_SEARCH": "elasticsearch+http://:pw@h"}, "a password without a user"),
        ({"THREADLINE_SEARCH": "elasticsearch+http://h?index=x"}, "no option 'index'"),
        ({"THREADLINE_BLOBS": "gs://bucket"}, "THREADLINE_BLOBS: gs:// is none of"),
        ({"THREADLINE_BLOBS": "s3:///prefix"}, "the bucket is missing"),
        ({"THREADLINE_BLOBS": "s3://ana:pw@bucket"}, "AWS_"),
        ({"THREADLINE_BLOBS": "s3://bucket?endpoint=store:9000"}, "endpoint: .*http://"),
        ({"THREADLINE_BLOBS": "s3://bucket?endpoint=http://"}, "endpoint: the host"),
        ({"THREADLINE_BLOBS": "file://host/folder"}, "file:///path"),
        ({"THREADLINE_BLOBS": "file:///"}, "file:///path"),
        ({"THREADLINE_BLOBS": "file://localhost/srv"}, "file:///path"),
    ],
)
def test_an_address_that_makes_no_sense_is_refused(
    tmp_path: Path, given: dict[str, str], says: str
) -> None:
    with pytest.raises(ConfigError, match=says):
        settings(tmp_path, given)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (LOGIN, "THREADLINE_LOG_SASL is set, but THREADLINE_LOG is not Kafka"),
        ({"THREADLINE_LOG_CA": "x"}, "THREADLINE_LOG_CA is set, but THREADLINE_LOG is not Kafka"),
        (CLUSTER | {"THREADLINE_LOG_CA": __file__}, "THREADLINE_LOG is not kafka\\+ssl"),
        (CLUSTER | KAFKA_TLS | {"THREADLINE_LOG_CA": "nowhere.pem"}, "no file nowhere.pem"),
        (CLUSTER | LOGIN | {"THREADLINE_LOG_USER": ""}, "THREADLINE_LOG_USER is missing"),
        (CLUSTER | LOGIN | {"THREADLINE_LOG_PASSWORD": ""}, "THREADLINE_LOG_PASSWORD is missing"),
        (CLUSTER | LOGIN | {"THREADLINE_LOG_SASL": ""}, "THREADLINE_LOG_SASL is missing"),
        (CLUSTER | LOGIN | {"THREADLINE_LOG_SASL": "gssapi"}, "THREADLINE_LOG_SASL"),
        ({"THREADLINE_STORE_PASSWORD": "pw"}, "THREADLINE_STORE is not PostgreSQL"),
        (CLUSTER | {"THREADLINE_STORE": "postgresql://db/line", "THREADLINE_STORE_PASSWORD": "pw"},
         "names no user"),
        (CLUSTER | {"THREADLINE_STORE": "postgresql://a:b@db/l", "THREADLINE_STORE_PASSWORD": "pw"},
         "in both"),
        ({"THREADLINE_SEARCH_API_KEY": "key"}, "THREADLINE_SEARCH is not set"),
        ({"THREADLINE_SEARCH_CA": "ca"}, "THREADLINE_SEARCH is not set"),
        (ELASTIC | {"THREADLINE_SEARCH_CA": __file__}, "is not \\+https"),
        (OPENSEARCH | {"THREADLINE_SEARCH_CA": "nowhere.pem"}, "no file nowhere.pem"),
        ({"THREADLINE_SEARCH": "elasticsearch+http://a:b@h", "THREADLINE_SEARCH_API_KEY": "key"},
         "use one of them"),
    ],
)  # fmt: skip
def test_a_login_that_makes_no_sense_is_refused(
    tmp_path: Path, given: dict[str, str], says: str
) -> None:
    with pytest.raises(ConfigError, match=says):
        settings(tmp_path, given)


SECRET = {
    "THREADLINE_TOKEN": "Qz1", "THREADLINE_WEBHOOK_SECRET": "Qz2",
    "THREADLINE_WEBHOOK_URL": "https://hooks.example.com/Qz3",
    "THREADLINE_LOG": "kafka+ssl://one:9093", "THREADLINE_LOG_SASL": "plain",
    "THREADLINE_LOG_USER": "ana", "THREADLINE_LOG_PASSWORD": "Qz4",
    "THREADLINE_STORE": "postgresql://ana:Qz5@db/line?sslpassword=Qz6",
    "THREADLINE_SEARCH": "elasticsearch+https://ana:Qz7@one:9200",
}  # fmt: skip
KEYS = {"THREADLINE_STORE": "postgresql://ana@db/line", "THREADLINE_STORE_PASSWORD": "Qz8",
        "THREADLINE_SEARCH": "elasticsearch+https://one:9200",
        "THREADLINE_SEARCH_API_KEY": "Qz9"}  # fmt: skip


@pytest.mark.parametrize("given", [SECRET, SECRET | KEYS])
def test_no_secret_prints(tmp_path: Path, given: dict[str, str]) -> None:
    (tmp_path / "threadline.toml").write_text('[redaction]\nsalt = "Qz0"', "utf-8")
    read = settings(tmp_path, given)
    assert (read.log_password, read.file.redaction.salt) == ("Qz4", "Qz0")
    assert "Qz" not in repr(read)
    assert "Qz" not in backends_shown(read)


@pytest.mark.parametrize("name", ["LOG", "STORE", "SEARCH", "BLOBS"])
@pytest.mark.parametrize(
    "url",
    ["nosuch://ana:Qz1@host", "Qz1", "{}://ana:Qz1@host:port", "{}://ana:Qz/1@[host", "{}://:Qz1@"],
)
def test_no_error_about_an_address_prints_a_secret(tmp_path: Path, name: str, url: str) -> None:
    scheme = {"LOG": "kafka", "STORE": "postgresql", "SEARCH": "opensearch+http", "BLOBS": "s3"}
    with pytest.raises(ConfigError, match=f"THREADLINE_{name}") as caught:
        settings(tmp_path, CLUSTER, {f"THREADLINE_{name}": url.format(scheme[name])})
    assert "Qz" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_the_check_names_the_backends(tmp_path: Path) -> None:
    assert backends_shown(settings(tmp_path)) == (
        "log: embedded; store: embedded; search: embedded; recordings: folder"
    )
    shown = backends_shown(settings(tmp_path, CLUSTER, {"THREADLINE_BLOBS": "s3://calls"}))
    assert "log: kafka://one:9092,two:9092?prefix=x.; store: postgresql://***@db:5432" in shown
