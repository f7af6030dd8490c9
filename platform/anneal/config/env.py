"""The environment, parsed once and typed. A bad value stops the start with a sentence that says what to do."""

from __future__ import annotations

import os
import sys
from functools import cache
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, field_validator
from pydantic_core import PydanticCustomError

from anneal.common.rate_limits import Rate

ROOT = Path(__file__).resolve().parents[3]


def _smtp_url(value: str) -> str:
    """`smtp://` goes on in TLS (STARTTLS), `smtps://` begins with it, `smtp+plain://` has none: for a server on the same machine."""
    parts = urlsplit(value)
    try:
        is_right = parts.scheme in {"smtp", "smtps", "smtp+plain"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_right = False
    if not is_right or parts.path.strip("/") or parts.query:
        raise PydanticCustomError("smtp_url", "this is no address of the form smtp://name:password@host:587")
    return value


SmtpUrl = Annotated[str, AfterValidator(_smtp_url)]


def _rate(value: object) -> object:
    return Rate.parse(value) if isinstance(value, str) else value


CallRate = Annotated[Rate | None, BeforeValidator(_rate)]


class Environment(BaseModel):
    """Every setting that differs between a laptop, a server and a fleet. Field names are the variables' names in lower case."""

    model_config = ConfigDict(frozen=True, str_strip_whitespace=True)

    database_url: str = Field(pattern=r"^postgres(ql)?://")
    redis_url: str = Field(pattern=r"^(rediss?|unix)://")
    secret_key: Annotated[str, Field(min_length=32)]
    debug: bool = False
    allowed_hosts: tuple[str, ...] = ("127.0.0.1", "localhost")
    public_url: str = Field("http://127.0.0.1:8000", pattern=r"^https?://[^/]+$")
    web_host: str = "127.0.0.1"
    web_port: Annotated[int, Field(ge=1, le=65535)] = 8000
    web_threads: Annotated[int, Field(ge=1, le=64)] = 8
    trusted_proxies: str | None = None
    rate_limit_address: CallRate = Rate(9000, 60)
    rate_limit_caller: CallRate = Rate(6000, 60)
    rate_limit_tenant: CallRate = Rate(12000, 60)
    rate_limit_refused: CallRate = Rate(60, 60)
    anneal_data_dir: Path = ROOT / ".anneal" / "data"
    frontend_dir: Path = ROOT / "frontend" / "dist"
    model_server_url: str = Field("http://127.0.0.1:8100", pattern=r"^https?://[^/]+$")
    model_server_token: Annotated[str, Field(min_length=16)]
    s3_endpoint_url: str | None = None
    s3_bucket: str | None = None
    s3_access_key_id: str | None = None
    s3_secret_access_key: str | None = None
    s3_region: str = "us-east-1"
    s3_browser_origin: str | None = Field(None, pattern=r"^https?://[^/]+$")
    smtp_url: SmtpUrl | None = None
    mail_from: str | None = Field(None, pattern=r"^[^\r\n]*@[^\r\n]*$")
    upload_max_bytes: Annotated[int, Field(ge=1)] = 5 * 2**30
    doctor_enabled: bool = True
    doctor_command: str | None = None
    doctor_base_model: str | None = "minilm-l6-v2"
    doctor_max_seconds: Annotated[int, Field(ge=1)] = 3600
    doctor_max_memory_bytes: Annotated[int, Field(ge=256 * 2**20)] = 8 * 2**30
    unpacked_max_bytes: Annotated[int, Field(ge=1)] = 20 * 2**30
    import_own_networks: tuple[IPv4Network | IPv6Network, ...] = ()
    import_deadline_s: Annotated[int, Field(ge=1)] = 4 * 3600
    deleted_kept_days: Annotated[int, Field(ge=1)] = 7
    failed_checkpoints_days: Annotated[int, Field(ge=1)] = 7
    worker_cache_max_bytes: Annotated[int, Field(ge=1)] = 50 * 2**30
    worker_cache_hours: Annotated[float, Field(gt=0, le=24)] = 12
    price_per_training_hour: Annotated[float, Field(gt=0)] | None = None
    price_currency: str = Field("USD", pattern=r"^[A-Z]{3}$")
    quota_compute_hours: Annotated[float, Field(ge=0, allow_inf_nan=False)] | None = None
    quota_stored_gb: Annotated[float, Field(ge=0, allow_inf_nan=False)] | None = None
    quota_running_jobs: Annotated[int, Field(ge=1)] = 8
    log_format: Annotated[str, Field(pattern="^(json|console)$")] = "console"

    @field_validator("allowed_hosts", "import_own_networks", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value


def environment_read(variables: dict[str, str]) -> Environment:
    """Parse `variables`. Raises ValueError with one line per bad or missing variable."""
    known = {name: variables[name.upper()] for name in Environment.model_fields if variables.get(name.upper())}
    try:
        return Environment.model_validate(known)
    except ValidationError as error:
        lines = [
            f"{str(problem['loc'][0]).upper()}: {problem['msg'].lower()} - set it in the environment "
            "(`make demo` does this; docs/deployment.md lists every variable)."
            for problem in error.errors(include_url=False, include_input=False)
        ]
        raise ValueError("\n".join(lines)) from error


@cache
def environment() -> Environment:
    """This process's environment; the start ends here when a value is bad."""
    try:
        return environment_read(dict(os.environ))
    except ValueError as error:
        sys.exit(f"Anneal cannot start:\n{error}")
