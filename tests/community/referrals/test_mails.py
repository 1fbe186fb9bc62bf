import pytest
from hypothesis import given
from hypothesis import strategies as st

from community.referrals.mails import DISPOSABLE, FREE, LONGEST, Domain, mail_signs

ONE_MAILBOX = [
    ["plum@gmail.com", "p.l.u.m@gmail.com", "plum+tea@gmail.com", "P.Lum+a+b@googlemail.com", " plum@GMAIL.com. "],
    ["plum@fastmail.com", "plum+tea@fastmail.com", "tea@plum.fastmail.com", "anything@PLUM.fastmail.com"],
    ["plum@icloud.com", "plum@me.com", "plum+x@mac.com"],
    ["plum@proton.me", "pl.um@protonmail.com", "plum+x@pm.me"],
    ["plum.tea@yandex.ru", "plum-tea@ya.ru", "plum.tea+x@yandex.com"],
    ["plum@yahoo.com", "plum-tea@yahoo.com"],
    ["plum@tea.example", "plum+x@tea.example", "PLUM@Tea.Example", "ｐｌｕｍ@tea.example"],
    ["李@例子.中国", "李@xn--fsqu00a.xn--fiqs8s", "李+茶@例子.中国"],
    ["12345@qq.com", "12345@QQ.com"],
]
ALL_DIFFERENT = [
    "12345@qq.com",
    "12345@foxmail.com",
    "plum@163.com",
    "plum@126.com",
    "plum@qq.com",
    "plum.tea@qq.com",
    "plumtea@qq.com",
    "plum.tea@outlook.com",
    "plumtea@outlook.com",
    "plum@tea.example",
    "plum@sub.tea.example",
    "plum@yahoo.com",
    "李@例子.中国",
    "李@例子.公司",
]


@pytest.mark.parametrize("spellings", ONE_MAILBOX)
def test_all_spellings_of_a_mailbox_have_one_key(spellings: list[str]) -> None:
    signs = [mail_signs(spelling) for spelling in spellings]
    assert None not in signs
    assert len({sign.key for sign in signs if sign}) == 1


def test_what_may_be_different_people_is_told_apart() -> None:
    signs = [mail_signs(address) for address in ALL_DIFFERENT]
    assert len({sign.key for sign in signs if sign}) == len(ALL_DIFFERENT)


@pytest.mark.parametrize(
    ("address", "kind", "aliased"),
    [
        ("plum@gmail.com", Domain.FREE, False),
        ("Plum@gmail.com", Domain.FREE, False),
        ("pl.um@gmail.com", Domain.FREE, True),
        ("plum@me.com", Domain.FREE, False),
        ("x@plum.fastmail.com", Domain.FREE, True),
        ("12345@qq.com", Domain.FREE, False),
        ("13800000000@163.com", Domain.FREE, False),
        ("plum@mailinator.com", Domain.DISPOSABLE, False),
        ("plum@eu.mailinator.com", Domain.DISPOSABLE, False),
        ("plum@notmailinator.com", Domain.OWN, False),
        ("plum@tea.example", Domain.OWN, False),
        ("plum+x@tea.example", Domain.OWN, True),
        ("茶@茶馆.中国", Domain.OWN, False),
    ],
)
def test_domains_and_aliases_are_told(address: str, kind: Domain, aliased: bool) -> None:  # noqa: FBT001 - a column
    signs = mail_signs(address)
    assert signs
    assert (signs.kind, signs.aliased) == (kind, aliased)


def test_a_community_adds_domains_that_it_does_not_want() -> None:
    signs = mail_signs("plum@throw.example", frozenset({"throw.example"}))
    assert signs
    assert signs.kind is Domain.DISPOSABLE


@pytest.mark.parametrize(
    "address", ["", "plum", "@gmail.com", "plum@", "plum@.", "a" * LONGEST + "@gmail.com", "plum@..com"]
)
def test_what_is_no_address_tells_nothing(address: str) -> None:
    assert mail_signs(address) is None


@given(st.text(max_size=300))
def test_any_text_tells_something_or_nothing(address: str) -> None:
    signs = mail_signs(address)
    assert signs is None or "@" in signs.key


@given(st.emails())
def test_folding_twice_changes_nothing(address: str) -> None:
    signs = mail_signs(address)
    if signs:
        again = mail_signs(signs.key)
        assert again
        assert again.key == signs.key


def test_no_domain_is_both_for_everybody_and_to_throw_away() -> None:
    assert not FREE & DISPOSABLE
    assert all(domain == domain.lower().strip() and "/" not in domain for domain in FREE | DISPOSABLE)
