"""All settings: the only reader of the environment and of `threadline.toml`.

`threadline.toml` in the home folder says who the company is, per tenant:

    [tenants.default]
    domains = ["northwind.example"]
    numbers = ["+1 555 0100"]
    handles = ["x:northwind"]
    region = "US"
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import unquote, urlsplit

import msgspec

from models.pipeline import OwnModel, TextTask
from processors.brands import Brands
from processors.identity.identifiers import normalise_identifier
from processors.identity.rules import Rules as IdentityRules
from processors.keywords import DEFAULT_CATEGORIES, Category
from processors.normalise.result import Company
from processors.redaction import DEFAULT_POLICY, Policy
from schemas.base import Contract
from schemas.errors import ConfigError
from schemas.ledger import LedgerRules
from schemas.talk import TalkRules
from streams.stages.transcribe import Hearing
from threadline.addresses import without_secrets
from threadline.backends import Backends, backends

PREFIX = "THREADLINE_"
SECRETS = (
    "token", "token_unredacted", "webhook_secret", "log_password", "store_password",
    "search_api_key",
)  # fmt: skip
ADDRESSES = ("log", "store", "search", "blobs")
_WORKER = re.compile(r"[A-Za-z0-9._-]{0,200}", re.ASCII)
_IN_ANY_CASE = ("log_sasl", "engine")
ELSEWHERE = frozenset({"data"})
"""Variables with our prefix that others read: THREADLINE_DATA says where tests find material."""


class TenantSettings(Contract, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a tenant calls its own: mail domains, phone numbers and handles (`network:name`).

    `brands` are the names by which customers call the company, `competitors` those of others.
    `queues` name the queue behind an own address: `"technical@northwind.example" = "technical"`.
    `regions` name the region of a source's national numbers where it is another: `pbx-mx = "MX"`.
    `language` is that of the calls, `languages` those of sources with another; without one it is
    detected. `vocabulary` are brand and product names that are said in calls.
    """

    domains: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    handles: tuple[str, ...] = ()
    brands: tuple[str, ...] = ()
    competitors: tuple[str, ...] = ()
    region: str = "US"
    regions: dict[str, str] = {}
    queues: dict[str, str] = {}
    language: str | None = None
    languages: dict[str, str] = {}
    vocabulary: tuple[str, ...] = ()

    def company(self) -> Company:
        """Give the company with its identifiers normalised.

        Raises:
            ConfigError: a number or handle is not one.
        """
        numbers = [self._identifier(f"phone:{number}") for number in self.numbers]
        handles = [self._identifier(f"handle:{handle}") for handle in self.handles]
        queues = {self._desk(address): queue for address, queue in self.queues.items()}
        return Company(
            domains=tuple(domain.casefold() for domain in self.domains),
            identifiers=(*numbers, *handles, *queues),
            region=self.region,
            regions=self.regions,
            queues=queues,
        )

    def hearing(self) -> Hearing:
        """Say how the calls are heard."""
        return Hearing(self.language, self.languages, self.vocabulary)

    def _desk(self, address: str) -> str:
        if ":" in address:
            return self._identifier(address)
        return self._identifier(f"{'email' if '@' in address else 'phone'}:{address}")

    def _identifier(self, text: str) -> str:
        identifier = normalise_identifier(text, self.region)
        if identifier is None:
            raise ConfigError(f"settings: {text!r} is not a valid identifier")
        return identifier


class FileSettings(Contract, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The contents of `threadline.toml`."""

    tenants: dict[str, TenantSettings] = {}
    categories: dict[str, tuple[str, ...] | Category] = msgspec.field(
        default_factory=lambda: dict(DEFAULT_CATEGORIES)
    )
    models: dict[TextTask, OwnModel] = {}
    redaction: Policy = DEFAULT_POLICY
    identity: IdentityRules = IdentityRules()
    ledger: LedgerRules = LedgerRules()
    talk: TalkRules = TalkRules()


class Settings(Contract, frozen=True, kw_only=True):
    """Everything that can be set: each field by THREADLINE_ and its name in capitals.

    `docs/reference/settings.md` says what each means. `file` is `threadline.toml`.
    """

    home: Path
    models: Path
    speech_model: str = "whisper-base"
    speech_device: Literal["auto", "cpu", "cuda"] = "auto"
    speech_compute: str = ""
    workers: int = 0
    token: str = ""
    token_unredacted: str = ""
    webhook_url: str = ""
    webhook_secret: str = ""
    host: str = "127.0.0.1"
    port: int = 8600
    backlog: int = 20_000
    log: str = ""
    log_sasl: Literal["", "plain", "scram-sha-256", "scram-sha-512"] = ""
    log_user: str = ""
    log_password: str = ""
    log_ca: str = ""
    store: str = ""
    store_password: str = ""
    search: str = ""
    search_api_key: str = ""
    search_ca: str = ""
    blobs: str = ""
    engine: Literal["faust", "confluent"] = "faust"
    worker: str = ""
    partitions: Annotated[int, msgspec.Meta(ge=1, le=10_000)] = 8
    replication: Annotated[int, msgspec.Meta(ge=1, le=100)] = 1
    stall_s: Annotated[float, msgspec.Meta(gt=0)] = 300.0
    health_host: str = "127.0.0.1"
    health_port: Annotated[int, msgspec.Meta(ge=0, le=65_535)] = 0
    file: FileSettings = FileSettings()

    def __repr__(self) -> str:
        """Show the settings without what is secret."""
        shown = {name: getattr(self, name) for name in self.__struct_fields__}
        shown |= {name: "***" for name in SECRETS if shown[name]}
        shown |= {name: without_secrets(shown[name]) for name in ADDRESSES}
        # Whoever knows the address of a webhook may often post to it.
        shown["webhook_url"] = "***" if self.webhook_url else ""
        return f"Settings({', '.join(f'{name}={value!r}' for name, value in shown.items())})"

    @property
    def backends(self) -> Backends:
        """Name the vendor behind log, store, search and recordings.

        Raises:
            ConfigError: they make no sense together; `load_settings` has asked already.
        """
        return backends(self)

    @property
    def recordings(self) -> Path:
        """Give the folder of recordings, where they are kept in a folder."""
        return Path(unquote(urlsplit(self.blobs).path)) if self.blobs else self.home / "blobs"

    def companies(self) -> dict[str, Company]:
        """Tell who each tenant is."""
        return {name: tenant.company() for name, tenant in self.file.tenants.items()}

    def brands(self) -> dict[str, Brands]:
        """Give the names of each tenant and of its competitors."""
        return {
            name: Brands(tenant.brands, tenant.competitors)
            for name, tenant in self.file.tenants.items()
        }

    def hearings(self) -> dict[str, Hearing]:
        """Say how the calls of each tenant are heard."""
        return {name: tenant.hearing() for name, tenant in self.file.tenants.items()}

    @property
    def worker_count(self) -> int:
        """Give the number of engine workers: one per core unless set."""
        return self.workers or os.cpu_count() or 1


def load_settings(
    home: Path | None = None,
    environ: Mapping[str, str] = os.environ,  # noqa: TID251  # its one reader
) -> Settings:
    """Read the environment and `threadline.toml`; `home` outranks THREADLINE_HOME.

    Raises:
        ConfigError: naming the variable or the field that is wrong.
    """
    given = {
        name.removeprefix(PREFIX).lower(): value
        for name, value in environ.items()
        if name.startswith(PREFIX) and value
    }
    folder = (home or Path(given.pop("home", ".threadline"))).expanduser().absolute()
    given.pop("home", None)
    default_models = environ.get("XDG_CACHE_HOME") or "~/.cache"
    models = given.pop("models", None) or f"{default_models}/threadline/models"
    known = set(Settings.__struct_fields__) - {"home", "models", "file"}
    values: dict[str, object] = {name: text for name, text in given.items() if name in known}
    unknown = sorted(given.keys() - known - ELSEWHERE)
    if unknown:
        raise ConfigError(f"settings: there is no {PREFIX}{unknown[0].upper()}")
    values |= {name: given[name].lower() for name in _IN_ANY_CASE if name in given}
    values |= {"home": folder, "models": Path(models).expanduser().absolute()}
    values["file"] = _read_file(folder / "threadline.toml")
    try:
        settings = msgspec.convert(values, Settings, strict=False)
    except msgspec.ValidationError as error:
        message, _, field = str(error).partition(" - at `$.")
        raise ConfigError(f"settings: {PREFIX}{field.rstrip('`').upper()}: {message}") from error
    if not _WORKER.fullmatch(settings.worker):
        raise ConfigError("settings: THREADLINE_WORKER may hold letters, digits, '.', '_' and '-'")
    if settings.token and settings.token == settings.token_unredacted:
        raise ConfigError("settings: THREADLINE_TOKEN_UNREDACTED must differ from THREADLINE_TOKEN")
    backends(settings)
    return settings


def _read_file(path: Path) -> FileSettings:
    if not path.exists():
        return FileSettings()
    try:
        return msgspec.convert(tomllib.loads(path.read_text("utf-8")), FileSettings)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise ConfigError(f"{path}: {error}") from error
