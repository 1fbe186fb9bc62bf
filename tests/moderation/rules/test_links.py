import pytest
from hypothesis import given
from hypothesis import strategies as st

from moderation.rules.folding import fold
from moderation.rules.links import Domains, folded_domain, links_in, look_alike_domains


@pytest.mark.parametrize(
    ("text", "domains"),
    [
        ("see https://Example.com/x?y=1.", ["example.com"]),
        ("http://google.com@evil.com/", ["evil.com"]),
        ("http://google.com:pass@evil.com:8080/", ["evil.com"]),
        ("hxxp://evil.com", ["evil.com"]),
        (r"https:\\evil.com", ["evil.com"]),
        ("https://a.com,https://b.com", ["a.com", "b.com"]),
        ("www.foo.com and bit.ly/x3", ["www.foo.com", "bit.ly"]),
        ("foo.bar/baz", ["foo.bar"]),
        ("example (dot) com, example[.]com, example dot com", ["example.com"] * 3),
        ("例子点com 快来", ["例子.com"]),
        ("看 example。com", ["example.com"]),
        ("Ｅｘａｍｐｌｅ．ｃｏｍ", ["example.com"]),
        ("exa\u200bmple.com", ["example.com"]),
        ("xn--fiqs8s.com", ["中国.com"]),
        ("https://例子.中国/路径", ["例子.中国"]),
        ("me@example.com", []),
        ("v1.2.3, e.g. U.S.A., 3.14, node.js, end.Next one", []),
        ("我昨天买的。很好", []),
    ],
)
def test_links_are_found_by_where_they_lead(text: str, domains: list[str]) -> None:
    assert [link.domain for link in links_in(fold(text))] == domains


def test_a_link_stands_where_it_is_written() -> None:
    text = "看 Ｅｘａｍｐｌｅ．ｃｏｍ!"
    folded = fold(text)
    (link,) = links_in(folded)
    assert folded.origin(link.start, link.end) == (2, 13)


def test_a_domain_stands_for_those_below_it_and_for_no_other() -> None:
    listed = Domains(["Example.com", "中国.cn", "xn--fiqs8s.org"])
    assert listed.over("example.com") == "example.com"
    assert listed.over("a.b.example.com") == "example.com"
    assert listed.over("notexample.com") is None
    assert listed.over("com") is None
    assert listed.over("中国.org") == "中国.org"


def test_look_alikes_are_read_as_what_they_are_taken_for() -> None:
    assert "paypal.com" in look_alike_domains("раураl.com")
    assert "paypal.com" in look_alike_domains("paypa1.com")
    for another in ("paypal.com", "aaa.com", "a.b.c.com"):
        assert look_alike_domains(another) == frozenset()


@given(st.text(alphabet="ab.:/@-点。 中1Ａéhtps", max_size=60))
def test_no_text_is_an_error_and_links_lie_within_it(text: str) -> None:
    folded = fold(text)
    for link in links_in(folded):
        assert 0 <= link.start < link.end <= len(folded.text)


@given(st.text(alphabet="ab.-。 中国1Ａé", max_size=30))
def test_folding_a_domain_again_changes_nothing(text: str) -> None:
    assert folded_domain(folded_domain(text)) == folded_domain(text)


def test_a_label_that_is_no_punycode_stays_as_it_is() -> None:
    assert folded_domain("xn--\u00e9.com") == "xn--e.com"
    assert folded_domain("xn--99999999.com") == "xn--99999999.com"
