"""How Threadline proves itself to Kafka, in the dialect of each client."""

from __future__ import annotations

import ssl
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from schemas.errors import ConfigError

if TYPE_CHECKING:
    import faust

Sasl = Literal["", "plain", "scram-sha-256", "scram-sha-512"]


@dataclass(frozen=True, kw_only=True)
class KafkaSecurity:
    """TLS and SASL. `ca` is a file of certificates in PEM; empty: those of the system.

    An empty `sasl` means that nobody signs in.
    """

    tls: bool = False
    ca: str = ""
    sasl: Sasl = ""
    user: str = ""
    password: str = field(default="", repr=False)

    def __post_init__(self) -> None:
        if self.sasl and not (self.user and self.password):
            raise ConfigError(f"Kafka's sign-in by {self.sasl} needs a user and a password")
        if self.user and not self.sasl:
            raise ConfigError(f"Kafka's user {self.user!r} needs a way to sign in, such as plain")

    @property
    def protocol(self) -> str:
        """Give Kafka's name of the combination."""
        return f"{'SASL_' if self.sasl else ''}{'SSL' if self.tls else 'PLAINTEXT'}"

    def confluent(self) -> dict[str, str]:
        """Give the settings of confluent-kafka. Raises ConfigError for an unreadable `ca`."""
        given = {"security.protocol": self.protocol}
        if self.tls and self.ca:
            self.context()  # librdkafka would only say that something failed
            given["ssl.ca.location"] = self.ca
        if self.sasl:
            given |= {
                "sasl.mechanism": self.sasl.upper(),
                "sasl.username": self.user,
                "sasl.password": self.password,
            }
        return given

    def kafka_python(self) -> dict[str, Any]:
        """Give the arguments of kafka-python and aiokafka. Raises ConfigError for a bad `ca`."""
        given: dict[str, Any] = {"security_protocol": self.protocol}
        if self.tls:
            given["ssl_context"] = self.context()
        if self.sasl:
            given |= {
                "sasl_mechanism": self.sasl.upper(),
                "sasl_plain_username": self.user,
                "sasl_plain_password": self.password,
            }
        return given

    def faust(self) -> faust.types.auth.CredentialsT | None:
        """Give Faust's `broker_credentials`. Raises ConfigError for an unreadable `ca`."""
        import faust  # loads a whole framework: for its runner only

        context = self.context() if self.tls else None
        if self.sasl:
            return faust.SASLCredentials(
                mechanism=self.sasl.upper(),
                username=self.user,
                password=self.password,
                ssl_context=context,
            )
        return faust.SSLCredentials(context=context) if context else None

    def context(self) -> ssl.SSLContext:
        """Trust the given or the system's certificates.

        Raises:
            ConfigError: the file cannot be read or holds no certificate.
        """
        try:
            return ssl.create_default_context(cafile=self.ca or None)
        except OSError as error:
            raise ConfigError(f"cannot read Kafka's certificates in {self.ca}: {error}") from error
