import pytest
from hypothesis import given
from hypothesis import strategies as st

from community.exchange.html_to_markdown import to_markdown
from community.foundation.markdown import render


@pytest.mark.parametrize(
    ("source", "markdown"),
    [
        ("<p>One</p>\n\n<p>Two</p>", "One\n\nTwo"),
        ("<p>a <b>bold </b>word and <em>so</em> on</p>", "a **bold** word and *so* on"),
        ('<p>See <a href="https://tea.example/a(b)">茶 here</a></p>', "See [茶 here](https://tea.example/a%28b%29)"),
        ("<ul><li>one</li><li>two</li></ul>", "- one\n\n- two"),
        ("<ol><li><p>one</p><p>more</p></li><li>two</li></ol>", "1. one\n\n   more\n\n2. two"),
        ("<blockquote><p>said</p></blockquote><p>so</p>", "> said\n>\nso"),
        ("<pre><code>a &lt; b\n  c</code></pre>", "```\na < b\n  c\n```"),
        ("<p>use <code>x*y</code> here</p>", "use `x*y` here"),
        ("<h2>Head</h2>text", "## Head\n\ntext"),
        ("<p>1. not a list, *nor* emphasis</p>", "1\\. not a list, \\*nor\\* emphasis"),
        ("<p>a<br>b</p><hr><p>c</p>", "a\\\nb\n\n---\n\nc"),
        ("<script>alert(1)</script><p>safe</p>", "safe"),
        ("<p>no <![<i>section</p>", "no section"),
        ("<![of[ nothing]><p>safe</p>", "safe"),
    ],
)
def test_html_becomes_the_markdown_that_would_make_it(source: str, markdown: str) -> None:
    assert to_markdown(source) == markdown


@given(st.text(alphabet="<>/abpliueo \n*_`[]()!#-1.&;茶", max_size=120))
def test_any_html_becomes_markdown_that_renders(source: str) -> None:
    render(to_markdown(source))


@given(st.text(alphabet="ab茶 *_`[]()!#-+1.>~|\\", min_size=1, max_size=60))
def test_plain_text_shows_as_it_was(text: str) -> None:
    shown = render(to_markdown(f"<p>{text.replace('>', '&gt;')}</p>")).text
    assert shown.split() == text.split()
