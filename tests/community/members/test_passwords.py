import asyncio

import pytest

from community.foundation.errors import Overloaded
from community.members import passwords
from community.members.errors import PasswordTooWeak
from community.members.passwords import check_policy, hash_password, needs_rehash, verify_password


@pytest.mark.parametrize(
    "password", ["correct horse", "一壶好茶配好书", "Zv9#qL2!xR", "さくら咲く春の", "x1" * 5 + "long"]
)
def test_what_is_long_and_not_common_will_do(password: str) -> None:
    check_policy(password, handle="mei", email="mei@example.com")


@pytest.mark.parametrize(
    "password",
    [
        *(
            "",
            "short",
            "123456789",
            "1234567890",
            "PASSWORD123",
            "ｐａｓｓｗｏｒｄ１２３",
            "aaaaaaaaaaaaa",
            "ababababab",
            "一二三四五六",
        ),
        *(
            "我爱你我爱你",
            "meimeimeimei",
            "MeiMeiMeiMei",
            "iemiemiemiem",
            "mei.mei@example.com",
            "mei.mei.mei",
            "x" * 257,
        ),
    ],
)
def test_what_others_would_try_first_will_not(password: str) -> None:
    with pytest.raises(PasswordTooWeak) as refused:
        check_policy(password, handle="meimeimeimei", email=f"mei.mei{'.mei' * password.endswith('mei')}@example.com")
    assert refused.value.path == ("password",)


async def test_a_password_is_known_again_however_the_keyboard_wrote_it_and_no_other_is() -> None:
    kept = await hash_password("Zoë 的茶馆 ｔｅａ")

    assert kept.startswith("$argon2id$")
    assert "Zo" not in kept
    assert await verify_password("Zoe\u0308 的茶馆 tea", kept)
    assert not await verify_password("zoë 的茶馆 tea", kept)
    assert not await verify_password("", kept)
    assert not await verify_password("x" * 100_000, kept)
    assert await hash_password("same") != await hash_password("same")


async def test_without_an_account_no_password_fits() -> None:
    for password in ("", "anything", "x" * 300):
        assert not await verify_password(password, None)
    assert not await verify_password("anything", "not a hash")


def test_hashes_of_other_costs_are_renewed() -> None:
    assert needs_rehash("$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHQ$RdescudvJCsgt3ub+b1dWRWJTmaQObSk0J4vlb0hXgE")


async def test_a_flood_is_turned_away_and_everyone_is_served_again_afterwards(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "_MOST_WAITING", 8)

    outcomes = await asyncio.gather(*(hash_password("flood") for _ in range(50)), return_exceptions=True)

    assert sum(isinstance(outcome, str) for outcome in outcomes) == 8
    assert sum(isinstance(outcome, Overloaded) for outcome in outcomes) == 42
    assert await hash_password("afterwards")
