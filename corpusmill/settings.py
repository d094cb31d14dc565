"""Every setting, read once from the environment and a TOML file into one frozen object. Imports pydantic, countries."""

import difflib
import hashlib
import os
import re
import tempfile
import tomllib
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from corpusmill.place import countries

PREFIX = "CORPUSMILL_"
FILE_VARIABLE = PREFIX + "CONFIG"
DATABASES = ("sqlite://", "postgresql+psycopg://")
BROKERS = ("redis://", "rediss://", "redis+socket://")
OF_CONTAINERS = re.compile(
    r"(\w+_)?SERVICE_(HOST|PORT)(_\w+)?|(\w+_)?PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?", re.ASCII
)
"""Names, behind the prefix, that Kubernetes gives every container beside a service called "corpusmill"."""
ADDRESS_OF_CONTAINERS = re.compile(r"(tcp|udp|sctp)://")
"""How the value of its NAME_PORT begins, which would be our setting `port`."""
SOCKET_PATH_BYTES = 100
"""A unix socket's path must fit sockaddr_un, 108 bytes on Linux and 104 on macOS."""


class SettingsError(Exception):
    """A setting is unknown or has a value it cannot have; the message names it and what to change."""


class Settings(BaseModel):
    """One installation. Set a name in the TOML file, or CORPUSMILL_NAME in the environment, which wins."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    data_dir: Path = Field(Path("var"), description="Where the database, the models and the broker keep their files.")
    database_url: str = Field("", description="SQLAlchemy URL; empty means SQLite in the data directory.")
    redis_url: str = Field("", description="Redis or Valkey URL; empty means the embedded Valkey's socket.")
    models_dir: Path = Field(
        Path(), description="Where admitted models lie; unset means models/ in the data directory."
    )
    spool_dir: Path = Field(
        Path(), description="Where uploads and downloads are put aside; unset means spool/ in the data directory."
    )
    stamps_dir: Path = Field(
        Path(), description="Where the key of the results' stamps lies; unset means stamps/ in the data directory."
    )
    policy_file: Path = Field(Path(), description="Licence policy as TOML; unset means the one that is shipped.")
    country: str | None = Field(
        None,
        description="Country of this installation and its organisation, by its two letters in ISO 3166-1 (DE, GB, KR).",
    )
    organization_monthly_users: int | None = Field(
        None, ge=0, description="Users a month of all products of the organisation; some licences have a limit."
    )
    organization_revenue_usd: int | None = Field(
        None, ge=0, description="Revenue a year of the organisation in USD; some licences have a limit."
    )
    sector: Literal["military", "nuclear", "intelligence", "other"] | None = Field(
        None, description="What the organisation works in, as far as licences exclude it."
    )
    corpus_roots: tuple[Path, ...] = Field((), description="Directories the API may register corpora in.")
    model_roots: tuple[str, ...] = Field((), description="Directories the API may admit models from; `hub` opens hubs.")
    host: str = Field("127.0.0.1", description="Address the web server binds to.")
    port: int = Field(8080, ge=0, le=65535, description="Port the web server binds to.")
    trusted_hosts: tuple[str, ...] = Field((), description="Further host names that requests may name.")
    log_format: Literal["console", "json"] = Field("console", description="How processes write their logs.")
    device: Literal["auto", "cpu", "cuda", "mps"] = Field("auto", description="What workers compute on.")
    threads: int = Field(
        0, ge=0, description="CPU threads of one worker child; 0 means the cores it may use divided by children."
    )
    children: int = Field(0, ge=0, description="Worker children; 0 means one for each GPU, or one.")
    queues: tuple[str, ...] = Field(("*",), description="Queues a worker serves, as shell patterns.")
    lease_seconds: float = Field(60, gt=0, description="How long a worker may hold documents without a heartbeat.")
    heartbeat_seconds: float = Field(15, gt=0, description="How often a worker extends its leases.")
    poll_seconds: float = Field(3, gt=0, description="How often a worker looks for work it was not told of.")
    sweep_seconds: float = Field(5, gt=0, description="How often lost leases and due documents are looked for.")
    slice_seconds: float = Field(30, gt=0, description="How long one message keeps a worker on its queue.")
    deadline_seconds: float = Field(
        300, gt=0, description="How long a step of a batch may show no progress before its worker ends itself."
    )
    load_deadline_seconds: float = Field(
        1800, gt=0, description="How long loading a model may take before its worker ends itself."
    )
    pause_seconds: float = Field(
        60, gt=0, description="First pause of a queue whose workers keep dying, and of a document that kills."
    )
    resident_bytes: int = Field(
        0, ge=0, description="Models one worker child may hold; 0 means half of the memory, or 0.8 of a GPU's."
    )
    cold_wait_seconds: float = Field(
        30,
        ge=0,
        description="How long documents may wait while other queues have work, such as those whose models are loaded.",
    )
    growth_bytes: int = Field(
        2_000_000_000, ge=0, description="Growth of a loaded worker child that has it replaced; 0 means never."
    )
    batch_items: int = Field(512, ge=1, le=10_000, description="Most documents of one lease.")
    batch_bytes: int = Field(
        1_000_000, ge=1, description="Most text of one lease, beyond its first document; less where a model is slow."
    )
    max_document_bytes: int = Field(10_000_000, ge=1, description="Largest document accepted.")
    max_upload_bytes: int = Field(500_000_000, ge=1, description="Largest request body accepted.")
    max_documents: int = Field(100_000, ge=1, description="Most documents of one job.")
    max_open_documents: int = Field(1_000_000, ge=1, description="Most unfinished documents before jobs are put off.")
    max_open_bytes: int = Field(20_000_000_000, ge=1, description="Most unfinished text before jobs are put off.")
    accept_free_share: float = Field(0.1, ge=0, lt=1, description="Share of the disk that must be free to accept.")
    work_free_share: float = Field(0.03, ge=0, lt=1, description="Share of the disk that must be free to work.")

    @model_validator(mode="before")
    @classmethod
    def _fill(cls, values: dict[str, Any]) -> dict[str, Any]:
        given = values.get("data_dir") or "var"
        if not isinstance(given, str | Path):
            raise ValueError("data_dir is the path of a directory")
        data_dir = Path(given).absolute()
        filled = {
            "database_url": f"sqlite:///{data_dir / 'ledger.db'}",
            "redis_url": f"redis+socket://{_socket(data_dir)}",
            "models_dir": data_dir / "models",
            "spool_dir": data_dir / "spool",
            "stamps_dir": data_dir / "stamps",
        }
        return filled | {name: value for name, value in values.items() if value != ""} | {"data_dir": data_dir}

    @model_validator(mode="after")
    def _fit_together(self) -> Self:
        if self.heartbeat_seconds * 2 > self.lease_seconds:
            raise ValueError("heartbeat_seconds must be at most half of lease_seconds, or leases lapse while held")
        if not self.database_url.startswith(DATABASES):
            raise ValueError(f"database_url must begin with {' or '.join(DATABASES)}")
        if not self.redis_url.startswith(BROKERS):
            raise ValueError(f"redis_url must begin with {' or '.join(BROKERS)}")
        return self

    @field_validator("host", "trusted_hosts")
    @classmethod
    def _in_lower_case(cls, given: Any) -> Any:
        """Names of hosts mean the same in any case, and requests are compared in lower case."""
        return given.lower() if isinstance(given, str) else tuple(name.lower() for name in given)

    @field_validator("country")
    @classmethod
    def _known_country(cls, given: str | None) -> str | None:
        """In upper case. Raises ValueError for what is no country."""
        return None if given is None else countries.code(given)

    @property
    def broker_socket(self) -> Path | None:
        """The embedded broker's socket, None when the broker is elsewhere."""
        scheme, _, path = self.redis_url.partition("://")
        return Path(path) if scheme == "redis+socket" else None

    def environment(self) -> dict[str, str]:
        """What a child process needs in its environment to read the same settings."""
        chosen = self.model_dump(exclude_defaults=True, mode="json")
        return {PREFIX + name.upper(): _as_text(value) for name, value in chosen.items()}


def load(**overrides: Any) -> Settings:
    """Settings from `overrides`, then the environment, then the TOML file named by CORPUSMILL_CONFIG.

    Raises SettingsError.
    """
    known = {name: value for name, value in overrides.items() if value is not None}
    values = _from_file() | _from_environment() | known
    for name in values:
        _check_known(name)
    try:
        return Settings(**values)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "settings"
        raise SettingsError(f"{where}: {first['msg'].removeprefix('Value error, ')}") from error


def _from_file() -> dict[str, Any]:
    path = os.environ.get(FILE_VARIABLE)
    if path is None:
        return {}
    try:
        return tomllib.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:  # UnicodeDecodeError and TOMLDecodeError are of the second kind
        raise SettingsError(f"{FILE_VARIABLE}={path} cannot be read: {error}") from error


def _from_environment() -> dict[str, Any]:
    found = {
        name.removeprefix(PREFIX).lower(): value
        for name, value in os.environ.items()
        if name.startswith(PREFIX) and name != FILE_VARIABLE and not _is_of_containers(name, value)
    }
    return {name: _split(value) if _is_list(name) else value for name, value in found.items()}


def _is_of_containers(name: str, value: str) -> bool:
    """Whether a variable tells of a service in a cluster, not of a setting."""
    rest = name.removeprefix(PREFIX)
    if rest == "PORT" or rest.endswith("_PORT"):
        return ADDRESS_OF_CONTAINERS.match(value) is not None or OF_CONTAINERS.fullmatch(rest) is not None
    return OF_CONTAINERS.fullmatch(rest) is not None


def _is_list(name: str) -> bool:
    field = Settings.model_fields.get(name)
    return field is not None and "tuple" in str(field.annotation)


def _split(value: str) -> list[str]:
    return [part for part in map(str.strip, value.split(",")) if part]


def _as_text(value: Any) -> str:
    return ",".join(value) if isinstance(value, list) else str(value)


def _check_known(name: str) -> None:
    if name not in Settings.model_fields:
        near = difflib.get_close_matches(name, Settings.model_fields, n=1, cutoff=0)
        raise SettingsError(f"Unknown setting {name}; the nearest known one is {near[0]}.")


def _socket(data_dir: Path) -> Path:
    path = data_dir / "valkey" / "valkey.sock"
    if len(os.fsencode(path)) <= SOCKET_PATH_BYTES:
        return path
    short = hashlib.sha256(os.fsencode(data_dir)).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"corpusmill-{os.getuid()}-{short}.sock"
