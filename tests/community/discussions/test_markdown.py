"""Markdown is rendered safe, soon, and the same for every script."""

import time
import unicodedata
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.common.normalize_url import normalizeLink

from community.foundation.markdown import (
    _MARKDOWN,
    DEEPEST,
    LONGEST,
    _rendered,
    count_graphemes,
    grapheme_breaks,
    render,
)

# What makes a browser run something, from the common filter-evasion lists.
PAYLOADS = (
    "<script>alert(1)</script>",
    "<ScRiPt src=//evil.example/x.js></sCrIpT>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    "<math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
    "<iframe src=javascript:alert(1)>",
    "<a href='javascript:alert(1)'>x</a>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](java\tscript:alert(1))",
    "[x](&#106;avascript:alert(1))",
    "[x](javascript&colon;alert(1))",
    "[x](\x01javascript:alert(1))",
    "[x](vbscript:msgbox(1))",
    "[x](data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==)",
    "![x](data:image/svg+xml;base64,PHN2ZyBvbmxvYWQ9YWxlcnQoMSk+)",
    "![x](javascript:alert(1))",
    "![x](http://evil.example/track.gif)",
    "![x](//evil.example/track.gif)",
    '![x](https://a.example/x.png"onerror="alert(1))',
    '[x](https://a.example "onclick=alert(1)//")',
    "<javascript:alert(1)>",
    "[x]: javascript:alert(1)\n\n[x]",
    "```html onload=alert(1)\n<script>\n```",
    '```"><script>alert(1)</script>\n```',
    "`<script>alert(1)</script>`",
    'https://a.example/"onmouseover="alert(1)',
    "https://a.example/<script>alert(1)</script>",
    "|<script>|\n|-|\n|<img src=x onerror=alert(1)>|",
    "<!--><img src=x onerror=alert(1)>-->",
    '<noscript><p title="</noscript><img src=x onerror=alert(1)>">',
    "<style>@import 'javascript:alert(1)';</style>",
    '<div style="background:url(javascript:alert(1))" id=x class=y>',
    "<base href=//evil.example>",
    "<form action=//evil.example><input name=x>",
    "<meta http-equiv=refresh content='0;url=//evil.example'>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "\u2028<script>alert(1)</script>",
    "<\0script>alert(1)</script>",
)


class Reading(HTMLParser):
    """Notes the tags and attributes that a browser would see."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]


def seen(html: str) -> Reading:
    reading = Reading()
    reading.feed(html)
    return reading


def assert_harmless(html: str) -> None:
    reading = seen(html)
    assert reading.tags <= {
        *("a", "blockquote", "br", "code", "em", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "img", "li", "ol", "p"),
        *("pre", "s", "strong", "table", "tbody", "td", "th", "thead", "tr", "ul"),
    }
    for tag, name, value in reading.attributes:
        assert not name.startswith("on")
        assert name in {"href", "title", "rel", "class", "src", "alt", "start", "align"}
        if name == "href":
            assert value.startswith(("http://", "https://", "mailto:", "/")), value
            assert not value.startswith("//")
        if name == "src":
            assert value.startswith(("https://", "/media/")), value
        if name == "class":
            assert tag == "code"
            assert value.startswith("language-")


@pytest.mark.parametrize("payload", PAYLOADS)
def test_nothing_in_a_text_can_run(payload: str) -> None:
    assert_harmless(render(payload).html)
    assert_harmless(render(f"> - **{payload}**\n\n{payload}").html)


@given(st.text(alphabet="<>\"'&`*_~[]()!#|-\\ \n:/@axjscriptonhttp中", max_size=200))
def test_no_text_makes_harmful_html(text: str) -> None:
    assert_harmless(render(text).html)


@given(st.text(max_size=300))
def test_every_text_renders_and_folds_its_white_space(text: str) -> None:
    rendered = render(text)

    assert rendered.text == " ".join(rendered.text.split())


PIECES = (
    *"ab19.):;,!?'\"(){}$%^/=+-#>*_`[&<|~\\@ \n水。“，（é\u0301👍\u200d\ufe0f\u3000\xa0\u2028",
    *("水温九十度", "\n\n", "\n\n\n", "1. ", "12) ", "- ", "==", "---", "://", "https://茶.cn", "www.tea.cn", "word "),
)


@given(st.lists(st.sampled_from(PIECES), max_size=30))
def test_a_text_without_marks_reads_as_the_parser_reads_it(pieces: list[str]) -> None:
    source = unicodedata.normalize("NFC", "".join(pieces))
    assert render(source) == _rendered(source)


@given(st.text(alphabet=st.characters(exclude_categories=("Cs", "Cc")), max_size=40))
def test_no_character_makes_the_short_way_differ(text: str) -> None:
    source = unicodedata.normalize("NFC", text)
    assert render(source) == _rendered(source)


@pytest.mark.parametrize(
    "source", ["!" * 1_500, "1\n" * 749 + "1", "!\n\n" * 499 + "!", "99999999999999999999\n" * 71 + "1"]
)
def test_the_longest_text_without_marks_is_still_parsed(source: str) -> None:
    assert len(source) <= 1_500
    assert render(source) == _rendered(source)


SIGNS = (
    *"ab1 \n!#$%&*+-:<=>@[\\]^_`{|}~()\"'.,;/?茶",
    *(
        "](",
        "![",
        "](https://tea.cn/a_b*c",
        "<https://tea.cn>",
        "<a@tea.cn>",
        "<b>",
        "&amp;",
        "&#35;",
        "**",
        "~~",
        "> ",
    ),
)


@given(st.lists(st.sampled_from(SIGNS), max_size=40))
def test_the_parser_finds_what_it_finds_with_every_rule_and_sign(pieces: list[str]) -> None:
    whole = MarkdownIt("commonmark", {"html": False, "maxNesting": DEEPEST}).enable(["table", "strikethrough"])
    whole.validateLink = _MARKDOWN.validateLink  # type: ignore[method-assign]
    source = "".join(pieces)
    assert [token.as_dict() for token in _MARKDOWN.parse(source)] == [token.as_dict() for token in whole.parse(source)]


ADDRESSES = (
    *"a.Z-_1/?#:@;=&+$,!~*'()%[]{}|^`\"\\ 茶",
    "tea",
    "%20",
    "%E8",
    "http://",
    "https://",
    "mailto:",
    "//",
    ".cn",
    "xn--",
)


@given(st.lists(st.sampled_from(ADDRESSES), max_size=16), st.sampled_from(("", "http://tea.cn", "https://")))
def test_an_address_is_normalized_as_the_parser_normalizes_it(pieces: list[str], begin: str) -> None:
    address = begin + "".join(pieces)
    assert _MARKDOWN.normalizeLink(address) == normalizeLink(address)


def test_links_carry_what_keeps_them_from_profiting() -> None:
    assert render("[茶](https://tea.example)").html == (
        '<p><a href="https://tea.example" rel="nofollow noopener ugc">茶</a></p>'
    )


def test_bare_addresses_become_links_and_chinese_punctuation_ends_them() -> None:
    rendered = render("看 https://tea.example/a(b)。然后(https://b.example/c). `https://no.example`")

    assert rendered.links == ("https://tea.example/a(b)", "https://b.example/c")
    assert "no.example</a>" not in rendered.html


def test_tables_strikethrough_code_and_alignment_survive() -> None:
    html = render("| 茶 | 价 |\n|:--|--:|\n| ~~红~~ | 3 |\n\n```python\nx\n```").html

    assert '<th align="left">茶</th>' in html
    assert "<s>红</s>" in html
    assert '<code class="language-python">' in html


def test_an_image_from_anywhere_else_shows_its_words() -> None:
    rendered = render("![一杯茶](http://a.example/x.png) ![cup](https://a.example/y.png)")

    assert rendered.html == '<p>一杯茶 <img src="https://a.example/y.png" alt="cup"></p>'
    assert rendered.text == "一杯茶 cup"


def test_plain_text_reads_on_where_blocks_end() -> None:
    assert render("# 标题\n\n第一段\n第二行\n\n- 一\n- 二\n\n> 引\n\n```\n代码\n```").text == (
        "标题 第一段 第二行 一 二 引 代码"
    )


@pytest.mark.parametrize(
    ("text", "mentions"),
    [
        ("@小明 你好", ("小明",)),
        ("你好@小明，@Bob.", ("Bob",)),
        ("（@小红）@ok!", ("小红", "ok")),
        ("@tea.lover_1- and ＠ｔｅａ", ("tea.lover_1", "tea")),
        ("@юрий @ゆき @지민", ("юрий", "ゆき", "지민")),
        ("mail a@b.example, see x/@y, @@z", ()),
        ("`@code` and\n\n    @code\n\n```\n@code\n```", ()),
        ("[@in a link](https://a.example) https://a.example/@path", ()),
        ("**@bold** *@slanted*", ("bold", "slanted")),
        ("@same @same", ("same",)),
    ],
)
def test_mentions_are_found_in_any_script_and_nowhere_else(text: str, mentions: tuple[str, ...]) -> None:
    assert render(text).mentions == mentions


def test_breaks_are_kept_only_where_a_grapheme_is_more_than_one_character() -> None:
    assert grapheme_breaks("红茶 tea é") is None
    assert grapheme_breaks("a👨‍👩‍👧b") == [1, 6, 7]
    assert grapheme_breaks("") is None
    assert len(grapheme_breaks("👍🏽" * 2_000) or []) == 1_000
    assert count_graphemes("👍🏽茶a") == 3


def repeated(piece: str) -> str:
    return (piece * (LONGEST // len(piece) + 1))[:LONGEST]


WORST = {
    "quotations": ">" * LONGEST,
    "nested quotations": repeated("> " * 9 + "a\n"),
    "nested lists": repeated("- " * 9 + "a\n"),
    "deep lists": "".join("  " * level + "- a\n" for level in range(170)),
    "lists of lists": repeated("* a\n+ b\n- c\n"),
    "brackets": "[" * LONGEST,
    "links": repeated("[a]("),
    "images": repeated("!["),
    "references": repeated("[a]: /b\n")[:16_000] + repeated("[a] ")[:16_000],
    "stars": repeated("*a_ "),
    "strong": repeated("*a**b"),
    "code": "".join("`" * length + " " for length in range(1, 251)),
    "a wide table": "|" + "a|" * 5_000 + "\n|" + "-|" * 5_000 + "\n" + "|\n" * 5_000,
    "a long table": "|a|b|\n|-|-|\n" + "|c|d|\n" * 5_000,
    "headings": repeated("# a\n"),
    "entities": repeated("&amp;"),
    "addresses": repeated("https://a.b "),
    "one address": "https://a" + "(.)" * 10_000,
    "mentions": repeated("@a "),
    "emoji": repeated("👨‍👩‍👧‍👦"),
    "chinese": repeated("红茶，"),
}


@pytest.mark.parametrize("name", WORST)
def test_the_worst_post_takes_no_longer_than_a_person_waits(name: str) -> None:
    # Time is the subject here: the processor's own, the best of three, so that a busy machine does not decide.
    def spent() -> float:
        started = time.process_time()
        render(WORST[name])
        return time.process_time() - started

    assert min(spent() for _ in range(3)) < 0.1


def test_a_text_too_costly_to_read_is_shown_as_it_stands() -> None:
    rendered = render("[" * LONGEST)

    assert rendered.html.startswith("<pre><code>[[[")
    assert rendered.text == "[" * LONGEST
