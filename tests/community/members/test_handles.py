import pytest
from hypothesis import given
from hypothesis import strategies as st

from community.foundation.errors import Invalid, Refusal
from community.members.errors import HandleReserved
from community.members.handles import clean_handle, skeleton


@pytest.mark.parametrize(
    "handle",
    [
        "mei",
        "老王",
        "茶客_01",
        "张Wei",
        "Иван",
        "さくら",
        "カタカナ太郎",
        "김철수",
        "Zoë",
        "नमस्ते",
        "עברית",
        "a.b-c_d",
        "王.小明",
        "x" * 30,
    ],
)
def test_people_of_every_script_find_a_handle(handle: str) -> None:
    assert clean_handle(handle) == handle


@pytest.mark.parametrize(
    "handle",
    [
        *("", "a", "王", "x" * 31, "a..b", "-ab", "ab-", "a b", "a@b", "a/b", "a\u200bb", "a\x00b", "ㅤㅤ", "\u202eabc"),
        *("🍵🍵", "иvan", "аdmin1", "Βob", "a\u0301" * 61, "e" + "\u0301" * 70),
    ],
)
def test_what_hides_or_disguises_is_no_handle(handle: str) -> None:
    with pytest.raises(Invalid) as refused:
        clean_handle(handle)
    assert refused.value.path == ("handle",)


@pytest.mark.parametrize(
    "handle", ["admin", "ADMIN", "adrnin", "Ａｄｍｉｎ", "m0derat0r", "管理员", "Teahouse", "茶馆"]
)
def test_nobody_speaks_for_the_community_nor_seems_to(handle: str) -> None:
    with pytest.raises(HandleReserved):
        clean_handle(handle)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        *(("PayPaI", "paypal"), ("rnike", "mike"), ("0scar", "Oscar"), ("Mike", "mike"), ("b1ll", "bill")),
        *(("ｍｅｉ", "mei"), ("エ", "工"), ("ロ", "口"), ("сор", "cop"), ("Zoe\u0308", "Zoë")),
    ],
)
def test_look_alikes_share_a_skeleton(one: str, other: str) -> None:
    assert skeleton(one) == skeleton(other)


def test_names_that_a_reader_tells_apart_do_not() -> None:
    names = [
        "mei",
        "may",
        "wang",
        "wong",
        "老王",
        "小王",
        "alice",
        "alicia",
        "anna",
        "hanna",
        "ming",
        "mint",
        "茶客",
        "菜客",
        "zoe",
        "zoë",
    ]

    assert len({skeleton(name) for name in names}) == len(names)


@given(st.text(max_size=40))
def test_a_skeleton_is_its_own_skeleton_and_a_cleaned_handle_is_clean(text: str) -> None:
    assert skeleton(skeleton(text)) == skeleton(text)
    try:
        handle = clean_handle(text)
    except Refusal:
        return
    assert clean_handle(handle) == handle
    assert 2 <= len(handle) <= 60
