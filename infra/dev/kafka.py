"""Apache Kafka, one node without ZooKeeper, with an open and a secured listener."""

from __future__ import annotations

import base64
import secrets
import signal
import uuid
from dataclasses import dataclass
from pathlib import Path

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from infra.dev.artifacts import jars
from infra.dev.java import find_java
from infra.dev.process import LOOPBACK, hand_over, run, within_reach
from infra.dev.server import Launch, Place

VERSION = "4.3.1"
USER = "threadline"
_JARS = (
    f"org.apache.kafka:kafka_2.13:{VERSION}",
    f"org.apache.kafka:kafka-server:{VERSION}",
    "org.slf4j:slf4j-simple:1.7.36",
)
_CONF = """
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@{host}:{controller}
listeners=PLAINTEXT://{host}:{open},SASL_SSL://{host}:{secured},CONTROLLER://{host}:{controller}
advertised.listeners=PLAINTEXT://{host}:{open},SASL_SSL://{host}:{secured}
controller.listener.names=CONTROLLER
inter.broker.listener.name=PLAINTEXT
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,SASL_SSL:SASL_SSL
log.dirs={folder}/data
num.partitions=4
auto.create.topics.enable=false
offsets.topic.num.partitions=4
transaction.state.log.num.partitions=4
share.coordinator.state.topic.num.partitions=4
offsets.topic.replication.factor=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
log.cleaner.dedupe.buffer.size=8388608
sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-512
listener.name.sasl_ssl.plain.sasl.jaas.config={security}.plain.PlainLoginModule required \
 user_{user}="{password}";
listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config={security}.scram.ScramLoginModule required;
listener.name.sasl_ssl.ssl.keystore.type=PKCS12
listener.name.sasl_ssl.ssl.keystore.location={folder}/broker.p12
listener.name.sasl_ssl.ssl.keystore.password={password}
listener.name.sasl_ssl.ssl.key.password={password}
"""


@dataclass(frozen=True, kw_only=True)
class Secured:
    """How to reach the secured listener: SASL_SSL with PLAIN or SCRAM-SHA-512."""

    bootstrap: str
    ca_file: Path
    user: str
    password: str

    def __repr__(self) -> str:
        return f"Secured({self.bootstrap})"


class Kafka:
    """A Kafka broker and its controller in one process."""

    name = "kafka"
    patience_s = 120.0  # after a crash it looks through its logs first
    stop_signal = signal.SIGTERM

    def __init__(self, place: Place) -> None:
        self._place = place
        self._open = 19092 + place.offset
        self._controller = 19093 + place.offset
        self._secured = 19094 + place.offset
        self._libs = place.cache / f"kafka-{VERSION}"

    @property
    def ports(self) -> tuple[int, ...]:
        """Give the ports of the open listener, the controller and the secured listener."""
        return (self._open, self._controller, self._secured)

    @property
    def url(self) -> str:
        """Give the URL of the open listener."""
        return f"kafka://{LOOPBACK}:{self._open}"

    def fetch(self) -> None:
        """Fetch the jars, 44 MB."""
        self._java()
        jars(_JARS, self._libs)

    def prepare(self, folder: Path) -> None:
        """Write the settings, a certificate and an empty, formatted log."""
        password = secrets.token_hex(12)
        (folder / "password").write_text(password, "utf-8")
        conf = _CONF.format(
            host=LOOPBACK,
            open=self._open,
            controller=self._controller,
            secured=self._secured,
            folder=folder,
            user=USER,
            password=password,
            security="org.apache.kafka.common.security",
        )
        (folder / "server.properties").write_text(conf, "utf-8")
        hand_over(folder)
        self._make_certificate(folder, password)
        self._format(folder, password)

    def launch(self, folder: Path) -> Launch:
        """Start the broker with half a gigabyte at most."""
        return Launch(
            command=(
                *self._command(folder, "-Xms256m", "-Xmx512m"),
                "kafka.Kafka",
                "server.properties",
            ),
            environment={},
        )

    def answers(self) -> bool:
        """Tell whether the broker says that it is one."""
        # At any other level the client prints every refused connection.
        asking: dict[str, str | int | float | bool] = {
            "bootstrap.servers": f"{LOOPBACK}:{self._open}",
            "log_level": 0,
        }
        try:
            return bool(AdminClient(asking).list_topics(timeout=2).brokers)
        except KafkaException:
            return False

    def complete(self, folder: Path) -> None:
        """Nothing: topics are made by Threadline."""

    def secured(self, folder: Path) -> Secured:
        """Say how to reach the secured listener of the broker in this folder."""
        return Secured(
            bootstrap=f"{LOOPBACK}:{self._secured}",
            ca_file=folder / "ca.pem",
            user=USER,
            password=(folder / "password").read_text("utf-8"),
        )

    def _make_certificate(self, folder: Path, password: str) -> None:
        keytool = str(self._java().parent / "keytool")
        store = ("-alias", "broker", "-keystore", "broker.p12", "-storepass", password)
        made = ("-keyalg", "EC", "-groupname", "secp256r1", "-validity", "365")
        named = ("-dname", "CN=localhost", "-ext", f"san=ip:{LOOPBACK},dns:localhost")
        run((keytool, "-genkeypair", "-storetype", "PKCS12", *store, *made, *named), folder)
        run((keytool, "-exportcert", "-rfc", *store, "-file", "ca.pem"), folder)

    def _format(self, folder: Path, password: str) -> None:
        cluster = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        user = f"SCRAM-SHA-512=[name={USER},password={password}]"
        tool = (*self._command(folder), "kafka.tools.StorageTool", "format")
        run((*tool, f"--cluster-id={cluster}", "-c", "server.properties", "-S", user), folder)

    def _command(self, folder: Path, *options: str) -> tuple[str, ...]:
        quiet = "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn"
        libs = within_reach(self._libs, folder)
        return (str(self._java()), *options, quiet, "-cp", f"{libs}/*")

    def _java(self) -> Path:
        return find_java(17, self.name, self._place.java_home) / "bin/java"
