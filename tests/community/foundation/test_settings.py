import stat
from pathlib import Path

import pytest
from pydantic import ValidationError

from community.foundation import settings
from community.foundation.settings import SecretKeyMissing, Settings, describe


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("DATABASE_URL", "OTEL_EXPORTER_OTLP_ENDPOINT", "TEAHOUSE_SECRET_KEY", "TEAHOUSE_ENV"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    settings._kept_key.cache_clear()


def test_nothing_need_be_set() -> None:
    assert Settings().database_url is None
    assert not Settings().in_production


def test_the_environment_speaks_with_a_prefix_but_for_names_that_all_know(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEAHOUSE_PORT", "9000")
    monkeypatch.setenv("TEAHOUSE_ALLOWED_ORIGINS", "https://茶.example, https://b.example,")
    monkeypatch.setenv("DATABASE_URL", "postgresql://host/name")

    found = Settings()

    assert found.port == 9000
    assert found.allowed_origins == ("https://茶.example", "https://b.example")
    assert found.database_url is not None
    assert found.database_url.get_secret_value() == "postgresql://host/name"


def test_secrets_are_not_shown() -> None:
    found = Settings(secret_key="k" * 40, database_url="postgresql://a:hush@h/n", mail_password="hush")

    assert "hush" not in repr(found)
    assert "k" * 40 not in repr(found)


def test_a_short_secret_key_is_refused() -> None:
    with pytest.raises(ValidationError, match="at least 32"):
        Settings(secret_key="short")


def test_development_makes_one_secret_key_and_keeps_it_to_itself(tmp_path: Path) -> None:
    made = Settings(data_directory=tmp_path / "新").signing_key()
    settings._kept_key.cache_clear()
    again = Settings(data_directory=tmp_path / "新").signing_key()

    assert made == again
    assert len(made) >= 32
    assert stat.S_IMODE((tmp_path / "新" / "secret_key").stat().st_mode) == 0o600
    assert [path.name for path in (tmp_path / "新").iterdir()] == ["secret_key"]


def test_production_makes_no_secret_key(tmp_path: Path) -> None:
    with pytest.raises(SecretKeyMissing, match="TEAHOUSE_SECRET_KEY"):
        Settings(environment="production", data_directory=tmp_path / "data").signing_key()

    assert not (tmp_path / "data").exists()


def test_every_setting_says_what_it_is_for() -> None:
    for variable, _, meaning in describe():
        assert meaning.endswith("."), variable


def test_stripe_is_not_chosen_without_its_key() -> None:
    with pytest.raises(ValueError, match="TEAHOUSE_STRIPE_SECRET_KEY"):
        Settings(payment_provider="stripe")
