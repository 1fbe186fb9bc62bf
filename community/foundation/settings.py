"""What an operator can set, all of it by environment variables, each with a value that suits a first try."""

from __future__ import annotations

import os
import secrets
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Annotated, Self

from pydantic import AliasChoices, Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

SECRET_KEY_FILE = "secret_key"  # noqa: S105 - a file's name
MINIMUM_SECRET_LENGTH = 32


class Environment(StrEnum):
    """Where the server runs; it decides what is shown when things go wrong, and what must be set."""

    DEVELOPMENT = "development"
    PRODUCTION = "production"


class LogFormat(StrEnum):
    """How log lines are written."""

    AUTOMATIC = "automatic"
    READABLE = "readable"
    JSON = "json"


class MailSecurity(StrEnum):
    """How the connection to the mail server is kept private."""

    NONE = "none"
    STARTTLS = "starttls"
    TLS = "tls"


class PaymentProviderName(StrEnum):
    """Who moves the money of backing."""

    SIMULATOR = "simulator"
    STRIPE = "stripe"


class OnFailure(StrEnum):
    """What becomes of texts about which a classifier was asked that did not answer."""

    OPEN = "open"
    CLOSED = "closed"


class Settings(BaseSettings):
    """All settings. The environment gives `TEAHOUSE_` and the name in capitals, except where `alias` says otherwise."""

    model_config = SettingsConfigDict(
        env_prefix="TEAHOUSE_",
        env_file=".env",
        env_file_encoding="utf-8",
        extra="ignore",
        frozen=True,
        populate_by_name=True,
    )

    environment: Environment = Field(
        Environment.DEVELOPMENT,
        validation_alias=AliasChoices("TEAHOUSE_ENV", "environment"),
        description="`development` shows GraphiQL, introspection and readable logs; `production` hides them and asks for a secret key.",
    )
    host: str = Field("127.0.0.1", description="Address to listen on; `0.0.0.0` for all.")
    port: int = Field(8000, ge=0, le=65535, description="Port to listen on.")
    public_url: str = Field(
        "http://127.0.0.1:8000",
        description="Where members reach the server: links in mail and in the API begin with it.",
    )
    data_directory: Path = Field(
        Path("var"),
        validation_alias=AliasChoices("TEAHOUSE_DATA_DIR", "data_directory"),
        description="Where the embedded database, uploads and exports are kept.",
    )
    secret_key: SecretStr | None = Field(
        None,
        description="Signs sessions and cursors; at least 32 characters. Without one, development makes its own and keeps it in the data directory.",
    )
    allowed_origins: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description="Web origins, separated by commas, that browsers may call the API from, besides the public URL's own.",
    )
    trusted_proxies: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description="Addresses or networks, separated by commas, of the proxies whose `X-Forwarded-For` is believed.",
    )
    shutdown_within: float = Field(
        10.0, gt=0, description="Seconds that requests in flight have to end when the server stops."
    )

    introspection: bool | None = Field(
        None, description="Whether clients may read the schema from the API. Unset: in development alone."
    )
    operation_cost: int = Field(
        10_000, ge=100, description="The most that one GraphQL operation may cost: a field counts one, times its pages."
    )
    spending_capacity: int = Field(
        20_000, ge=100, description="How much a member, or an address without one, may spend on operations at once."
    )
    spending_per_second: float = Field(500.0, gt=0, description="How much of what was spent is forgiven each second.")
    connections_per_address: int = Field(
        100,
        ge=1,
        description="How many WebSockets and event streams one address, or one IPv6 network of 64 bits, may hold open to a process; the next is answered with 429. Behind a proxy, see `TEAHOUSE_TRUSTED_PROXIES`, or all clients are one.",
    )
    trusted_documents: Path | None = Field(
        None,
        description="GraphQL documents that clients may ask for by hash: a JSON file of hashes and documents, or a folder of `.graphql` files.",
    )
    trusted_documents_only: bool = Field(
        False, description="Refuse every GraphQL document that is not among the trusted ones."
    )

    database_url: SecretStr | None = Field(
        None,
        validation_alias=AliasChoices("DATABASE_URL", "database_url"),
        description="PostgreSQL 15 or newer, as `postgresql://user:password@host/name`. Without it, an embedded PostgreSQL is started.",
    )
    database_connections: int = Field(10, ge=1, description="The most connections that one process opens.")
    database_statements: int = Field(
        512,
        ge=0,
        description="How many statements each connection keeps prepared; a long one takes PostgreSQL a megabyte or two.",
    )
    database_acquire_within: float = Field(
        0.5,
        gt=0,
        description="Seconds a request waits for a free connection before it is answered with 503.",
    )
    database_waiting: int = Field(
        200, ge=1, description="How many requests may wait for a connection at once; the next gets 503 at once."
    )
    database_statement_within: float = Field(
        10.0, gt=0, description="Seconds after which PostgreSQL breaks off a statement."
    )
    database_lock_within: float = Field(5.0, gt=0, description="Seconds a statement waits for a lock.")
    database_idle_within: float = Field(
        30.0, gt=0, description="Seconds a transaction may stand idle before PostgreSQL ends it."
    )

    mail_host: str | None = Field(
        None,
        description="Mail server. Without one, letters become files in the data directory, and development shows them in the log.",
    )
    mail_port: int = Field(587, ge=1, le=65535, description="Mail server's port.")
    mail_security: MailSecurity = Field(MailSecurity.STARTTLS, description="`starttls`, `tls` or `none`.")
    mail_username: str | None = Field(None, description="Name to sign in to the mail server with.")
    mail_password: SecretStr | None = Field(None, description="Password to sign in to the mail server with.")
    mail_from: str = Field("Teahouse <teahouse@localhost>", description="Sender of the server's mail.")

    openid_providers: SecretStr | None = Field(
        None,
        description="OpenID Connect providers that members may sign in through: a JSON list of objects with `name`, `issuer`, `client_id`, `client_secret`, and `title` if wanted.",
    )
    admin_email: str | None = Field(
        None,
        description="Who signs up with this address, and verifies it, becomes an administrator.",
    )

    payment_provider: PaymentProviderName | None = Field(
        None,
        description="Who moves the money of backing campaigns: `stripe`, or `simulator`, which moves none. Unset: the simulator in development, nobody in production.",
    )
    stripe_secret_key: SecretStr | None = Field(None, description="Stripe's secret key, `sk_...` or `rk_...`.")
    stripe_webhook_secret: SecretStr | None = Field(
        None, description="The signing secret, `whsec_...`, of the endpoint `/webhooks/stripe` at Stripe."
    )

    review_first_posts: int = Field(
        0,
        ge=0,
        le=100,
        description="How many of the first posts of each new member moderators look at, in their queue; 0: none.",
    )
    points_expiring_days: int = Field(
        14,
        ge=0,
        le=366,
        description="How many days before points expire their member is told, once; 0: not at all.",
    )
    reward_webhook_url: str | None = Field(
        None,
        pattern="^https?://[^/]",
        description="The `https` address that is told of what members redeem points for, where a reward item says so.",
    )
    reward_webhook_secret: SecretStr | None = Field(
        None, description="Signs what is told there, so that the receiver knows who calls; at least 32 characters."
    )
    reward_webhook_loopback: bool = Field(
        False, description="Whether the reward webhook may be on this machine, without TLS. For development alone."
    )

    classifier_url: str | None = Field(
        None,
        pattern="^https?://[^/]",
        description="The `https` address of a classifier of texts that moderation asks, besides its own.",
    )
    classifier_secret: SecretStr | None = Field(
        None, description="Signs what that classifier is asked, so that it knows who calls; at least 32 characters."
    )
    classifier_loopback: bool = Field(False, description="Whether that classifier may be on this machine, without TLS.")
    classifier_within: float = Field(1.0, gt=0, le=30, description="Seconds that it has to answer.")
    classifier_on_failure: OnFailure = Field(
        OnFailure.OPEN,
        description="What becomes of texts when it does not answer: `open` lets them through, `closed` holds them for a person.",
    )

    moderation_second_opinions: float = Field(
        0.05,
        ge=0,
        le=1,
        description="The share of decisions, drawn at random, that a second moderator judges without knowing what was decided.",
    )
    moderation_exposure_limit: int = Field(
        30,
        ge=0,
        description="How many cases of the gravest kind (severity 5) one moderator decides within a day; 0: as many as there are.",
    )
    moderation_hold_weight: float = Field(
        0,
        ge=0,
        description="From which weight on reports of harm to minors, of self-harm or of illegal content hide what they are about until somebody decides; a new member's word weighs 1. 0: never.",
    )

    score_every: float = Field(
        1.0, ge=0, description="Hours from one scoring of the community to the next; 0: only when asked for."
    )
    log_level: str = Field(
        "INFO", pattern="(?i)^(debug|info|warning|error)$", description="`DEBUG`, `INFO`, `WARNING` or `ERROR`."
    )
    log_format: LogFormat = Field(
        LogFormat.AUTOMATIC, description="`json`, `readable`, or `automatic`: JSON in production."
    )
    telemetry_endpoint: str | None = Field(
        None,
        validation_alias=AliasChoices("OTEL_EXPORTER_OTLP_ENDPOINT", "telemetry_endpoint"),
        description="OpenTelemetry collector (OTLP over HTTP) that traces are sent to. Without it nothing is traced.",
    )

    @property
    def in_production(self) -> bool:
        """Whether strangers use this server."""
        return self.environment is Environment.PRODUCTION

    @property
    def database_directory(self) -> Path:
        """Where the embedded database keeps its files."""
        return self.data_directory / "postgresql"

    @field_validator("allowed_origins", "trusted_proxies", mode="before")
    @classmethod
    def _separate(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    @field_validator("log_level")
    @classmethod
    def _in_capitals(cls, value: str) -> str:
        return value.upper()

    @field_validator("secret_key", "reward_webhook_secret", "classifier_secret")
    @classmethod
    def _long_enough(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and len(value.get_secret_value()) < MINIMUM_SECRET_LENGTH:
            raise ValueError(f"must have at least {MINIMUM_SECRET_LENGTH} characters")
        return value

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.payment_provider is PaymentProviderName.STRIPE and self.stripe_secret_key is None:
            raise ValueError("TEAHOUSE_PAYMENT_PROVIDER=stripe needs TEAHOUSE_STRIPE_SECRET_KEY")
        if (self.reward_webhook_url is None) != (self.reward_webhook_secret is None):
            raise ValueError("TEAHOUSE_REWARD_WEBHOOK_URL and TEAHOUSE_REWARD_WEBHOOK_SECRET need each other")
        if self.reward_webhook_url and self.reward_webhook_url.startswith("http:") and not self.reward_webhook_loopback:
            raise ValueError("TEAHOUSE_REWARD_WEBHOOK_URL is https")
        if (self.classifier_url is None) != (self.classifier_secret is None):
            raise ValueError("TEAHOUSE_CLASSIFIER_URL and TEAHOUSE_CLASSIFIER_SECRET need each other")
        if self.classifier_url and self.classifier_url.startswith("http:") and not self.classifier_loopback:
            raise ValueError("TEAHOUSE_CLASSIFIER_URL is https")
        return self

    def signing_key(self) -> str:
        """Return the secret key; in development, make one at first use and keep it in the data directory.

        Raises:
            SecretKeyMissing: in production, when none is set: two processes that made their own would not agree.
        """
        if self.secret_key is not None:
            return self.secret_key.get_secret_value()
        if self.in_production:
            raise SecretKeyMissing
        return _kept_key(self.data_directory / SECRET_KEY_FILE)


class SecretKeyMissing(Exception):  # noqa: N818 - says what is the matter
    """Set TEAHOUSE_SECRET_KEY, to what `openssl rand -hex 32` prints for example."""

    def __str__(self) -> str:
        return type(self).__doc__ or ""


@cache
def _kept_key(path: Path) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    # Written aside and linked into place: of two processes that start together both read the whole key of one.
    own = path.with_name(f"{path.name}.{os.getpid()}")
    own.unlink(missing_ok=True)
    with os.fdopen(os.open(own, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
        file.write(secrets.token_hex(32))
    try:
        os.link(own, path)
    except FileExistsError:
        pass
    finally:
        own.unlink()
    return path.read_text(encoding="ascii")


def describe() -> list[tuple[str, str, str]]:
    """List every setting: the environment variable's name, the value without it, and what it means."""
    rows = []
    for name, field in Settings.model_fields.items():
        alias = field.validation_alias
        variable = str(alias.choices[0]) if isinstance(alias, AliasChoices) else f"TEAHOUSE_{name.upper()}"
        rows.append((variable, _shown(field.default), field.description or ""))
    return rows


def _shown(default: object) -> str:
    if default is None or default == ():
        return ""
    return f"{default:g}" if isinstance(default, float) else str(default)
