"""What every service can be told from outside: environment only, frozen, all problems reported at start."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Literal, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, model_validator
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined
from pydantic_settings import BaseSettings, SettingsConfigDict, SettingsError

EXIT_BAD_SETTINGS = 2  # the shell's usual code for a wrong invocation
_BUCKET_PATTERN = (
    r"^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$"  # S3 bucket names without dots, which break TLS host names
)

LogLevel = Literal["debug", "info", "warning", "error"]
LogFormat = Literal["json", "console"]


class StoreSettings(BaseModel):
    """Where objects live: a directory, or an S3 server."""

    # A key out of a file, as Secrets are often made, ends in a line break.
    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    kind: Literal["local", "minio"] = Field(
        default="local", description="`local`: a directory; `minio`: MinIO or any S3."
    )
    root: Path | None = Field(
        default=None, description="Directory of a `local` store; created when missing."
    )
    bucket: str = Field(
        default="foley",
        pattern=_BUCKET_PATTERN,
        description="Bucket, or directory name under the root.",
    )
    endpoint: str = Field(
        default="", description="`host:port` of a `minio` store, without a scheme."
    )
    access_key: SecretStr | None = Field(default=None, description="Access key of a `minio` store.")
    secret_key: SecretStr | None = Field(default=None, description="Secret key of a `minio` store.")
    secure: bool = Field(default=True, description="TLS to a `minio` store.")
    region: str = Field(
        default="us-east-1", description="Region of a `minio` store; part of every signature."
    )

    @model_validator(mode="after")
    def _has_what_its_kind_needs(self) -> StoreSettings:
        needed = ("root",) if self.kind == "local" else ("endpoint", "access_key", "secret_key")
        missing = [name for name in needed if not getattr(self, name)]
        if missing:
            raise ValueError(f"a {self.kind} store needs {', '.join(missing)}")
        if "://" in self.endpoint:
            raise ValueError("endpoint is host:port without a scheme; use secure for TLS")
        return self


class BaseServiceSettings(BaseSettings):
    """Settings that every service has, frozen; a subclass adds its own and the prefix.

    >>> class EchoSettings(BaseServiceSettings, env_prefix="FOLEY_ECHO_"):
    ...     loudness: int = 3
    """

    model_config = SettingsConfigDict(
        env_prefix="FOLEY_",
        env_nested_delimiter="__",
        frozen=True,
        extra="ignore",
        hide_input_in_errors=True,
        str_strip_whitespace=True,
    )

    host: str = Field(default="127.0.0.1", description="Address to listen on, gRPC and metrics.")
    port: int = Field(default=0, ge=0, le=65_535, description="gRPC port; 0 takes a free one.")
    metrics_port: int | None = Field(
        default=None,
        ge=0,
        le=65_535,
        description="Port of the Prometheus metrics; 0 takes a free one, unset serves none.",
    )
    ready_file: Path | None = Field(
        default=None,
        description="Once the service is ready, its ports are written here as JSON; removed when it stops.",
    )
    log_level: LogLevel = Field(default="info", description="Least severe level that is logged.")
    log_format: LogFormat = Field(
        default="json", description="`json`: one object a line; `console`: for people."
    )
    grace_s: float = Field(
        default=10.0, ge=0, description="Seconds that running calls get to finish when stopping."
    )
    scratch_dir: Path | None = Field(
        default=None,
        description="Where temporary files go; unset: the system's place. What killed processes of ours left "
        "there goes with the next call: after ten minutes here, after a day in the system's place.",
    )
    otlp_endpoint: str | None = Field(
        default=None,
        description="OTLP/gRPC collector for traces, for example `http://otel:4317`; unset: no traces.",
    )
    store: StoreSettings = Field(description="The object store.")


class StageServiceSettings(BaseServiceSettings):
    """Settings of a service that computes: its work waits in a `WorkQueue`."""

    max_running_jobs: int = Field(default=1, ge=1, description="Jobs computed at once.")
    max_queued_jobs: int = Field(
        default=4, ge=0, description="Jobs that may wait before SERVICE_BUSY."
    )


_Settings = TypeVar("_Settings", bound=BaseServiceSettings)


def load_settings(cls: type[_Settings]) -> _Settings:
    """Read a service's settings from the environment, or say everything that is wrong on stderr and exit with 2."""
    try:
        return cls()  # pyright: ignore[reportCallIssue]  # required fields come from the environment
    except ValidationError as error:
        problems = [
            _problem(cls, item["loc"], item["msg"]) for item in error.errors(include_input=False)
        ]
    except SettingsError as error:
        problems = [str(error)]
    sys.stderr.write("settings are wrong:\n" + "".join(f"  {problem}\n" for problem in problems))
    raise SystemExit(EXIT_BAD_SETTINGS)


def _problem(cls: type[BaseServiceSettings], location: tuple[int | str, ...], message: str) -> str:
    name = (
        str(cls.model_config.get("env_prefix", ""))
        + "__".join(str(part) for part in location).upper()
    )
    if location == ("store",) and message == "Field required":
        return f"{name}__ROOT: a local store needs a directory (or set {name}__KIND=minio and its fields)"
    return f"{name}: {message.removeprefix('Value error, ')}"


def settings_table(cls: type[BaseServiceSettings]) -> str:
    """The Markdown table of a service's settings, for its README: variable, default, meaning."""
    prefix = str(cls.model_config.get("env_prefix", ""))
    lines = [
        "| Variable | Default | Meaning |",
        "| --- | --- | --- |",
        *_rows(prefix, cls.model_fields),
    ]
    return "\n".join(lines) + "\n"


def _rows(prefix: str, fields: dict[str, FieldInfo]) -> list[str]:
    rows: list[str] = []
    for name, field in fields.items():
        nested = _models_in(field.annotation)
        if nested:
            rows += _rows(f"{prefix}{name.upper()}__", nested[0].model_fields)
        else:
            rows.append(
                f"| `{prefix}{name.upper()}` | {_default(field)} | {field.description or ''} |"
            )
    return rows


def _models_in(annotation: object) -> list[type[BaseModel]]:
    parts = (annotation, *get_args(annotation))
    return [part for part in parts if isinstance(part, type) and issubclass(part, BaseModel)]


def _default(field: FieldInfo) -> str:
    value = field.get_default(call_default_factory=not field.default_factory_takes_validated_data)
    if isinstance(value, SecretStr):  # stands in the source, so it is no secret
        value = value.get_secret_value()
    if value is PydanticUndefined:
        return "required"
    return (
        "unset"
        if value is None or value == ""
        else f"`{str(value).lower() if isinstance(value, bool) else value}`"
    )
