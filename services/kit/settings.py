"""Settings of a service, from environment variables with the prefix ``TALLYMAN_``."""

from functools import cached_property
from typing import Literal
from zoneinfo import ZoneInfo

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Everything an operator can set. Times end in their unit."""

    model_config = SettingsConfigDict(env_prefix="TALLYMAN_", frozen=True, extra="ignore")

    database_url: SecretStr = Field(description="postgresql:// address; one schema per service lives in it")
    database_pool_size: int = Field(8, ge=2, le=200)

    kafka_bootstrap: str = Field("localhost:9092", description="host:port[,host:port]")
    kafka_security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = "PLAINTEXT"
    kafka_sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = "SCRAM-SHA-512"
    kafka_username: str = ""
    kafka_password: SecretStr = SecretStr("")
    kafka_ca_file: str = ""
    kafka_idempotence: bool = Field(True, description="off only on brokers without idempotent producers")
    kafka_session_timeout_ms: int = Field(10_000, ge=1_000, le=300_000)
    topic_prefix: str = Field(
        "", pattern=r"^[a-z0-9._-]{0,40}$", description="lets several installations share a cluster"
    )
    partitions: int = Field(8, ge=1, le=1_000)

    batch_max_events: int = Field(2_000, ge=1, le=50_000)
    fetch_max_wait_ms: int = Field(
        25, ge=1, le=500, description="how long an idle broker may keep a fetch waiting"
    )
    buffer_max_records: int = Field(
        20_000, ge=100, description="records held back per partition before it is paused"
    )
    retry_attempts: int = Field(
        40, ge=1, description="tries of one batch on transient errors before the process ends"
    )
    dead_letter_limit: int = Field(
        1_000, ge=1, description="open dead letters per hour before the consumer stops"
    )

    decision_timeout_s: float = Field(
        30.0,
        gt=0,
        description="an order without a decision for so long counts as held, and an alert is raised",
    )

    delivery_hosts: str = Field(
        "",
        description="hosts that alerts may be sent to besides the chat services: host[:port], *.host, http://host",
    )
    delivery_origins: str = Field(
        "", description="what stands in for a chat service: oapi.dingtalk.com=https://ding.example.com, ..."
    )
    delivery_networks: str = Field(
        "", description="networks of the inside that alerts may be sent to, such as 10.1.0.0/16, ..."
    )
    smtp_url: SecretStr = Field(
        SecretStr(""),
        description="smtps://user:password@host:465?from=tallyman@example.com; smtp: is STARTTLS",
    )

    outbox_sweep_after_s: float = Field(5.0, gt=0)
    outbox_retention_days: int = Field(90, ge=1)
    back_test_retention_days: int = Field(
        90, ge=1, description="a back-test asked for so long ago is removed with its results"
    )

    forecast_retention_days: int = Field(
        800, ge=62, description="forecasts kept to be scored are removed so many days later"
    )
    timezone: str = Field("Asia/Shanghai", description="decides when a business day begins")
    clock: Literal["real", "events"] = Field(
        "real", description="'events': day ticks come from a replay, not from us"
    )
    currency: str = Field("CNY", pattern=r"^[A-Z]{3}$", description="of accounts nobody gave terms to")

    api_keys: SecretStr = Field(SecretStr(""), description="key:role[:name] pairs, separated by commas")
    jwt_secret: SecretStr = SecretStr("")
    allow_anonymous: bool = Field(False, description="every caller has every role; local trials only")

    customers_url: str = Field(
        "",
        pattern=r"^(https?://\S+)?$",
        description="the customers service, which knows sessions and keys, unless it runs in this process",
    )
    customers_key: SecretStr = Field(
        SecretStr(""),
        description="what services show to the customers service there; the same for all that run apart",
    )
    trusted_proxies: str = Field(
        "127.0.0.1, ::1",
        description="addresses or networks of proxies whose X-Forwarded-For and X-Forwarded-Proto count",
    )

    public_url: str = Field(
        "", pattern=r"^(https?://\S+)?$", description="where people open the console; needed for OpenID"
    )
    oidc_issuer: str = Field(
        "",
        pattern=r"^(https?://\S+)?$",
        description="an OpenID provider to sign in with; empty: passwords only",
    )
    oidc_client_id: str = ""
    oidc_client_secret: SecretStr = SecretStr("")
    oidc_name: str = Field("", max_length=40, description="what the sign-in page calls it")

    log_format: Literal["json", "console"] = "json"
    log_level: str = "INFO"
    otlp_endpoint: str = ""
    grafana_url: str = Field("", pattern=r"^(https?://\S+)?$", description="where people open Grafana")
    prometheus_url: str = Field("", pattern=r"^(https?://\S+)?$", description="where people open Prometheus")

    @cached_property
    def zone(self) -> ZoneInfo:
        """The time zone in which a business day begins and ends."""
        return ZoneInfo(self.timezone)

    def topic(self, name: str) -> str:
        """Return the topic's name on the broker."""
        return f"{self.topic_prefix}{name}"


def load_settings() -> Settings:
    """Read the settings from the environment; a missing or malformed one is named in the error."""
    return Settings()  # pyright: ignore[reportCallIssue]
