"""Which backends the settings name, whether their addresses hold, and which go together."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

from schemas.errors import ConfigError
from threadline.addresses import Address, read_address

if TYPE_CHECKING:
    from threadline.settings import Settings

KAFKA = ("kafka", "kafka+ssl")
POSTGRESQL = ("postgresql", "postgres")
SEARCH = ("elasticsearch+http", "elasticsearch+https", "opensearch+http", "opensearch+https")
BLOBS = ("s3", "file")


class Backends(NamedTuple):
    """The vendor behind each part; `embedded` is the file in the home."""

    log: Literal["embedded", "kafka"]
    store: Literal["embedded", "postgresql"]
    search: Literal["embedded", "elasticsearch", "opensearch"]
    blobs: Literal["folder", "s3"]

    @property
    def is_cluster(self) -> bool:
        """Tell whether workers in several processes may share the stages."""
        return self.log == "kafka"

    @property
    def uses_file(self) -> bool:
        """Tell whether anything but audio is kept in the file of the home."""
        return "embedded" in (self.log, self.store, self.search)


def backends(settings: Settings) -> Backends:
    """Name the backends that the settings ask for.

    Raises:
        ConfigError: an address, a login or a mix makes no sense; the message says why.
    """
    chosen = Backends(
        log=_log(settings), store=_store(settings), search=_search(settings), blobs=_blobs(settings)
    )
    _check_mix(chosen)
    return chosen


def _check_mix(chosen: Backends) -> None:
    if chosen.log == "kafka" and chosen.store == "embedded":
        raise ConfigError(
            "settings: THREADLINE_LOG is Kafka, and its workers cannot share the file of a home: "
            "set THREADLINE_STORE to postgresql://..."
        )
    if chosen.search == "embedded" and (chosen.log, chosen.store) != ("embedded", "embedded"):
        raise ConfigError(
            "settings: the embedded search index lives in the file of the embedded store: "
            "with Kafka or PostgreSQL, set THREADLINE_SEARCH to elasticsearch+http(s)://... or "
            "opensearch+http(s)://..."
        )


def _log(settings: Settings) -> Literal["embedded", "kafka"]:
    login = {
        "THREADLINE_LOG_SASL": settings.log_sasl,
        "THREADLINE_LOG_USER": settings.log_user,
        "THREADLINE_LOG_PASSWORD": settings.log_password,
    }
    if not settings.log:
        _refuse({**login, "THREADLINE_LOG_CA": settings.log_ca}, "THREADLINE_LOG is not Kafka")
        return "embedded"
    address = read_address("THREADLINE_LOG", settings.log, KAFKA, ("prefix",))
    _need_host("THREADLINE_LOG", address)
    if address.path.strip("/"):
        raise ConfigError("THREADLINE_LOG: there is no path in an address of Kafka; use ?prefix=")
    if address.user or address.password:
        raise ConfigError(
            "THREADLINE_LOG: put the login into THREADLINE_LOG_USER and THREADLINE_LOG_PASSWORD"
        )
    missing = [name for name, value in login.items() if not value]
    if missing and len(missing) < len(login):
        raise ConfigError(f"settings: {missing[0]} is missing; a login needs {', '.join(login)}")
    if address.scheme != "kafka+ssl":
        _refuse({"THREADLINE_LOG_CA": settings.log_ca}, "THREADLINE_LOG is not kafka+ssl://")
    _need_file("THREADLINE_LOG_CA", settings.log_ca)
    return "kafka"


def _store(settings: Settings) -> Literal["embedded", "postgresql"]:
    password = {"THREADLINE_STORE_PASSWORD": settings.store_password}
    if not settings.store:
        _refuse(password, "THREADLINE_STORE is not PostgreSQL")
        return "embedded"
    address = read_address("THREADLINE_STORE", settings.store, POSTGRESQL)
    if not address.options.get("host"):  # libpq: the folder of a socket
        _need_host("THREADLINE_STORE", address)
    if not address.path.strip("/") and not address.options.get("dbname"):
        raise ConfigError("THREADLINE_STORE: the database is missing: postgresql://host/database")
    _one_password("THREADLINE_STORE", address)
    if settings.store_password and not (address.user or address.options.get("user")):
        raise ConfigError(
            "settings: THREADLINE_STORE_PASSWORD is set, but THREADLINE_STORE names no user: "
            "postgresql://user@host/database"
        )
    if settings.store_password and (address.password or address.options.get("password")):
        raise ConfigError(
            "settings: the password is in both THREADLINE_STORE and THREADLINE_STORE_PASSWORD"
        )
    return "postgresql"


def _search(settings: Settings) -> Literal["embedded", "elasticsearch", "opensearch"]:
    ca = {"THREADLINE_SEARCH_CA": settings.search_ca}
    if not settings.search:
        key = {"THREADLINE_SEARCH_API_KEY": settings.search_api_key}
        _refuse(key | ca, "THREADLINE_SEARCH is not set")
        return "embedded"
    address = read_address("THREADLINE_SEARCH", settings.search, SEARCH, ("prefix",))
    _need_host("THREADLINE_SEARCH", address)
    _one_password("THREADLINE_SEARCH", address)
    if address.user and not address.password:
        raise ConfigError("THREADLINE_SEARCH: the password of the user is missing")
    if settings.search_api_key and address.user:
        raise ConfigError(
            "settings: THREADLINE_SEARCH names a user and THREADLINE_SEARCH_API_KEY is set: "
            "use one of them"
        )
    if not address.scheme.endswith("+https"):
        _refuse(ca, "THREADLINE_SEARCH is not +https://")
    _need_file("THREADLINE_SEARCH_CA", settings.search_ca)
    return "opensearch" if address.scheme.startswith("opensearch") else "elasticsearch"


def _blobs(settings: Settings) -> Literal["folder", "s3"]:
    if not settings.blobs:
        return "folder"
    address = read_address("THREADLINE_BLOBS", settings.blobs, BLOBS, ("endpoint", "region"))
    if address.user or address.password:
        raise ConfigError("THREADLINE_BLOBS: credentials of S3 are AWS_... variables or a profile")
    if address.scheme == "s3":
        return _bucket(address)
    if address.options or address.hosts or address.path in ("", "/"):
        raise ConfigError("THREADLINE_BLOBS: write a folder as file:///path/of/the/folder")
    return "folder"


def _bucket(address: Address) -> Literal["s3"]:
    if len(address.hosts) != 1:
        raise ConfigError("THREADLINE_BLOBS: the bucket is missing: s3://bucket/prefix")
    endpoint = address.options.get("endpoint")
    if endpoint is not None:
        place = read_address("THREADLINE_BLOBS: endpoint", endpoint, ("http", "https"), ())
        _need_host("THREADLINE_BLOBS: endpoint", place)
        if place.user or place.password:
            raise ConfigError("THREADLINE_BLOBS: endpoint: credentials are AWS_... variables")
    return "s3"


def _refuse(given: dict[str, str], because: str) -> None:
    for name, value in given.items():
        if value:
            raise ConfigError(f"settings: {name} is set, but {because}")


def _need_host(variable: str, address: Address) -> None:
    if not address.hosts:
        raise ConfigError(f"{variable}: the host is missing: {address.scheme}://host:port")


def _one_password(variable: str, address: Address) -> None:
    if address.password and not address.user:
        raise ConfigError(f"{variable}: there is a password without a user")


def _need_file(variable: str, path: str) -> None:
    if path and not Path(path).is_file():
        raise ConfigError(f"settings: {variable}: there is no file {path}")
