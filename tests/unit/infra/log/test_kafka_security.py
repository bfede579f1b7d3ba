from __future__ import annotations

from pathlib import Path

import aiokafka.codec  # type: ignore[import-untyped]  # it ships no types
import pytest

from infra.log.kafka_cluster import KafkaCluster
from infra.log.kafka_security import KafkaSecurity
from schemas.errors import ConfigError

SIGNED_IN = KafkaSecurity(tls=True, sasl="scram-sha-512", user="ana", password="secret-word")


def test_each_client_gets_the_same_in_its_own_words() -> None:
    assert SIGNED_IN.confluent() == {
        "security.protocol": "SASL_SSL",
        "sasl.mechanism": "SCRAM-SHA-512",
        "sasl.username": "ana",
        "sasl.password": "secret-word",
    }
    given = SIGNED_IN.kafka_python()
    assert given.pop("ssl_context").check_hostname
    assert given == {
        "security_protocol": "SASL_SSL",
        "sasl_mechanism": "SCRAM-SHA-512",
        "sasl_plain_username": "ana",
        "sasl_plain_password": "secret-word",
    }
    faust = SIGNED_IN.faust()
    assert faust is not None
    assert str(faust.protocol.value) == "SASL_SSL"


@pytest.mark.parametrize(
    ("security", "protocol"),
    [
        (KafkaSecurity(), "PLAINTEXT"),
        (KafkaSecurity(tls=True), "SSL"),
        (KafkaSecurity(sasl="plain", user="ana", password="word"), "SASL_PLAINTEXT"),
    ],
)
def test_tls_and_sign_in_combine(security: KafkaSecurity, protocol: str) -> None:
    assert security.confluent()["security.protocol"] == protocol
    assert security.kafka_python()["security_protocol"] == protocol
    faust = security.faust()
    assert faust is None or faust.protocol.value == protocol
    assert (faust is None) == (protocol == "PLAINTEXT")


def test_no_password_is_ever_shown() -> None:
    cluster = KafkaCluster.parse("kafka+ssl://one", SIGNED_IN)
    assert "secret-word" not in f"{SIGNED_IN!r} {cluster!r}"


@pytest.mark.parametrize(
    "wrong",
    [{"sasl": "plain"}, {"sasl": "plain", "user": "ana"}, {"user": "ana", "password": "word"}],
)
def test_half_a_sign_in_is_refused(wrong: dict[str, str]) -> None:
    with pytest.raises(ConfigError):
        KafkaSecurity(**wrong)  # type: ignore[arg-type]  # words of the settings


def test_certificates_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    broken = tmp_path / "ca.pem"
    broken.write_text("no certificate", "utf-8")
    for ca in (broken, tmp_path / "missing.pem"):
        with pytest.raises(ConfigError, match=ca.name):
            KafkaSecurity(tls=True, ca=str(ca)).confluent()


def test_faust_reads_what_the_log_compresses() -> None:
    assert aiokafka.codec.has_lz4(), "aiokafka needs its extra [lz4]"
