"""What the gateway can be told through its environment."""

from __future__ import annotations

import sqlalchemy as sa
from pydantic import Field, SecretStr, field_validator, model_validator
from sqlalchemy import exc

from foley_common.settings import BaseServiceSettings

DEFAULT_MAX_UPLOAD_BYTES = 20 * 1024**3
"""20 GiB: an hour at 47 Mbit/s."""


class GatewaySettings(BaseServiceSettings, env_prefix="FOLEY_GATEWAY_"):
    """Settings of the gateway."""

    rest_host: str = Field("", description="Address of REST and the page; empty takes `host`.")
    rest_port: int = Field(
        0, ge=0, le=65535, description="Port of REST and the page; 0 takes a free one."
    )
    detector_target: str = Field("127.0.0.1:5001", description="gRPC target of the detector.")
    surface_agent_target: str = Field(
        "127.0.0.1:5002", description="gRPC target of the surface agent."
    )
    audio_target: str = Field("127.0.0.1:5003", description="gRPC target of the audio service.")
    database_url: SecretStr = Field(
        SecretStr("sqlite:///foley-gateway.sqlite"),
        description="Clips, renders and durable jobs: `sqlite:///path` on one machine, `postgresql://…` in a cluster.",
    )
    executor_id: str = Field(
        "gateway-0",
        min_length=1,
        description="Names this process to the job engine; keep it stable over restarts.",
    )
    application_version: str = Field(
        "3",
        min_length=1,
        description="Version of the workflow; jobs begun under another one are taken over when the gateway starts.",
    )
    results_salt: str = Field(
        "",
        description="Part of every result's key: change it to make all results anew, as after changing a stage.",
    )
    queue_polling_s: float = Field(
        0.5, gt=0, description="How often the job queues are looked at, in seconds."
    )
    max_running_renders: int = Field(2, ge=1, description="Renders at work at once.")
    max_running_segments: int = Field(
        2, ge=1, description="`EstimatePoses` calls at once over all renders."
    )
    segment_s: float = Field(
        60.0, ge=5, description="Grid on which clips are cut for the detector, in seconds."
    )
    stage_patience_s: float = Field(
        60.0,
        ge=0,
        description="How long to wait for a stage that cannot be reached before the render fails.",
    )
    busy_patience_s: float = Field(
        3600.0,
        ge=0,
        description="How long to wait for a stage that says it is busy before the render fails.",
    )
    stage_deadline_s: float = Field(
        900.0, gt=0, description="Least deadline of one stage call, in seconds."
    )
    stage_deadline_per_video_s: float = Field(
        90.0,
        ge=0,
        description="Seconds added to a stage call's deadline per second of video or recording it works on.",
    )
    max_upload_bytes: int = Field(DEFAULT_MAX_UPLOAD_BYTES, ge=1, description="Largest file taken.")
    max_receiving_bytes: int | None = Field(
        None,
        ge=1,
        description="Most bytes of all files on their way in before SERVICE_BUSY; unset: twice the largest file.",
    )
    max_duration_s: float = Field(4 * 3600.0, gt=0, description="Longest video taken, in seconds.")
    cors_origins: tuple[str, ...] = Field(
        (), description="Origins whose pages may call REST, as a JSON list; none by default."
    )
    allowed_hosts: tuple[str, ...] = Field(
        (),
        description="Names that REST and the page are called by besides localhost and addresses, as a JSON list; "
        "`*` any. Empty: none when listening on loopback, any elsewhere.",
    )

    @field_validator("database_url")
    @classmethod
    def _is_a_database_of_ours(cls, value: SecretStr) -> SecretStr:
        """Take `postgres://` too, as hosts of databases write it; say nothing of what a wrong address holds."""
        kind, colon, rest = value.get_secret_value().partition("://")
        address = f"{'postgresql' if kind == 'postgres' else kind}{colon}{rest}"
        try:
            backend = sa.make_url(address).get_backend_name()
        except (exc.ArgumentError, ValueError):  # ValueError: of the port
            backend = ""
        if backend not in ("postgresql", "sqlite"):
            raise ValueError("is neither postgresql://user:password@host/name nor sqlite:///path")
        return SecretStr(address)

    @model_validator(mode="after")
    def _takes_the_largest_file(self) -> GatewaySettings:
        if self.receiving_bytes < self.max_upload_bytes:
            raise ValueError("max_receiving_bytes must be at least max_upload_bytes")
        return self

    @property
    def receiving_bytes(self) -> int:
        """Most bytes of files on their way in."""
        return self.max_receiving_bytes or 2 * self.max_upload_bytes

    def deadline_s(self, media_s: float) -> float:
        """How long a stage call may take that works on so many seconds of media."""
        return self.stage_deadline_s + media_s * self.stage_deadline_per_video_s
