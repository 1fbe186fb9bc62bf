"""Markdown, made safe and ready once, when it is written, so that reading it costs nothing.

CommonMark with tables, strikethrough and bare links. HTML in the source is text like any other. What comes out passes a
strict allow-list all the same: two locks, of which either alone would do.
"""

import html
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

import nh3
import regex
from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.token import Token

LONGEST = 32_000
"""How long a source may be, in characters. The worst of this length renders in under 100 ms."""

LONGEST_BREAKS = 1_000
"""How many graphemes an excerpt can have at most, and so how many breaks are kept."""

MOST_MENTIONS = 50

# What a text may cost, in microseconds as roughly measured for each line, sign and cell. Past it the text is shown as it
# stands: no person writes thousands of brackets or a table of thousands of columns, and each costs far more than a letter.
MOST_COST = 40_000
COST_OF_LINE = 25
COST_OF_LEVEL = 20
COST_OF_BLOCK = 30
COST_OF_CELL = 15
COST_OF_SIGNS = {
    "[": 25,
    "!": 25,
    "]": 10,
    "*": 8,
    "_": 8,
    "~": 8,
    "`": 6,
    "<": 6,
    "&": 10,
    "\\": 6,
    "\n": 6,
    "://": 30,
    "@": 5,
}

DEEPEST = 20
"""Quotations and lists nested deeper are shown as text."""

_OPENING = " \t>-+*.)0123456789"
_TAGS = {
    *("a", "blockquote", "br", "code", "em", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "img", "li", "ol", "p"),
    *("pre", "s", "strong", "table", "tbody", "td", "th", "thead", "tr", "ul"),
}
_ATTRIBUTES = {
    "a": {"href", "title"},
    "code": {"class"},
    "img": {"src", "alt", "title"},
    "ol": {"start"},
    "td": {"align"},
    "th": {"align"},
}
_SCHEMES = {"http", "https", "mailto"}
_IMAGES = ("https://", "/media/")
_LANGUAGE = regex.compile(r"language-[A-Za-z0-9+#_.\-]{1,30}")

_GRAPHEME = regex.compile(r"\X")
# Chinese, Japanese and what surrounds them in most texts: each such character is a grapheme, whatever its neighbours.
_SINGLE = regex.compile(
    r"[ -~\xa1-\xac\xae-\u02ff\u2010-\u2027\u3000-\u3029\u3041-\u3096\u30a1-\u30ff\u4e00-\u9fff\uff01-\uff9d]*"
)
# A handle is taken as far as its characters go; who is meant is for the one who knows the members to say, since Chinese
# goes on without a space. What stands before tells an e-mail address, a path or a package from a mention.
_MENTION = regex.compile(
    r"(?<![\p{L}\p{M}\p{N}_.\-+@/\\])[@＠]([\p{L}\p{N}](?:[\p{L}\p{M}\p{N}]|[_.\-](?=[\p{L}\p{N}])){1,59})(?!@)"
)
_BARE_LINK = regex.compile(
    r"(?<![\p{L}\p{N}])https?://[^\s<>\"'`\\^{}|，。！？；：、（）「」『』【】《》“”‘’…\p{C}]{1,2000}"
)
# Most comments are paragraphs without any mark, which need no parser: what stands here means nothing anywhere, and no
# line begins as a block of another kind does. So short a text cannot cost too much, whatever it is made of.
_MARKLESS_LINE = (
    r"(?![ >\-+*#=:]|[0-9]{1,9}[.)])"
    r"[[\p{L}\p{M}\p{N}\p{P}\p{S}\u200d ]--[\\`*_~\[\]<&|@＠]--[[:cntrl:]]]+(?<! )"
)
_MARKLESS = regex.compile(rf"{_MARKLESS_LINE}(?:\n+{_MARKLESS_LINE})*", regex.VERSION1)
_LONGEST_MARKLESS = 1_500
_BETWEEN_PARAGRAPHS = regex.compile(r"\n\n+")
# An address that normalizing leaves as it is: a plain host, and nothing that needs a code.
_NORMAL_LINK = regex.compile(
    r"https?://[A-Za-z0-9\-]{1,63}(?:\.[A-Za-z0-9\-]{1,63}){0,3}"
    r"(?:[/?#](?:[A-Za-z0-9;/?:@&=+$,\-_.!~*'()#]|%[0-9A-Fa-f]{2})*)?"
)
_TRAILING = regex.compile(r"[.,:;!?*_~)\]]+$")


@dataclass(frozen=True, slots=True)
class Rendered:
    """A text in the forms it is kept in."""

    html: str
    """Safe to show as it is."""
    text: str
    """Without any mark-up, white space folded: for search and excerpts."""
    breaks: list[int] | None
    """Where each of the first graphemes of `text` ends, in characters; None when each is one character."""
    mentions: tuple[str, ...]
    """What follows each @, once each, in order; possibly longer than the handle that is meant."""
    links: tuple[str, ...]
    """Where its links lead, once each, in order."""
    images: tuple[str, ...] = ()
    """The addresses of the images that it shows, once each, in order."""
    alts: tuple[str, ...] = ()
    """What is said of each of them for who does not see it."""


def render(markdown: str) -> Rendered:
    """Render a text of at most `LONGEST` characters. Whatever it is, it renders: no text is an error."""
    source = unicodedata.normalize("NFC", markdown[:LONGEST]).replace("\0", "\ufffd")
    if len(source) <= _LONGEST_MARKLESS and "://" not in source and _MARKLESS.fullmatch(source) is not None:
        return _markless(source)
    return _rendered(source)


def _markless(source: str) -> Rendered:
    """Render paragraphs without any mark as the parser and the cleaner would."""
    shown = _BETWEEN_PARAGRAPHS.sub("</p>\n<p>", source.replace(">", "&gt;"))
    text = " ".join(source.split())
    return Rendered(html=f"<p>{shown}</p>", text=text, breaks=grapheme_breaks(text), mentions=(), links=())


def _rendered(source: str) -> Rendered:
    """Render any text."""
    tokens = _parse(source)
    for token in tokens:
        if token.type == "inline":
            token.children = list(_with_bare_links(_without_foreign_images(token.children or [])))
        elif token.type in {"th_open", "td_open"} and "style" in token.attrs:
            # No style passes, so a column is aligned by an attribute.
            token.attrs = {"align": str(token.attrs["style"]).removeprefix("text-align:")}
    shown = _CLEANER.clean(_MARKDOWN.renderer.render(tokens, _MARKDOWN.options, {})).strip()
    text = " ".join("".join(_texts(tokens)).split())
    images = _images(tokens)
    return Rendered(
        html=shown,
        text=text,
        breaks=grapheme_breaks(text),
        mentions=_mentions(tokens),
        links=_links(tokens),
        images=tuple(images),
        alts=tuple(images.values()),
    )


def grapheme_breaks(text: str) -> list[int] | None:
    """Return where each of the first `LONGEST_BREAKS` graphemes ends, or None when each is one character."""
    if text.isascii() or _SINGLE.fullmatch(text):
        return None
    breaks: list[int] = []
    for grapheme in _GRAPHEME.finditer(text):
        breaks.append(grapheme.end())
        if len(breaks) == LONGEST_BREAKS:
            break
    return None if not breaks or breaks[-1] == len(breaks) else breaks


def count_graphemes(text: str) -> int:
    """Return how many characters a reader sees."""
    return len(text) if text.isascii() else len(_GRAPHEME.findall(text))


def _allowed_link(address: str) -> bool:
    """Say whether a link may lead there: an allowed scheme, or a path on this site."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    return parts.scheme.lower() in _SCHEMES if parts.scheme else not parts.netloc and address.startswith("/")


def _kept_attribute(tag: str, attribute: str, value: str) -> str | None:
    match tag, attribute:
        case "code", "class":
            return value if _LANGUAGE.fullmatch(value) else None
        case "img", "src":
            return value if value.startswith(_IMAGES) else None
        case "a", "href":
            return value if _allowed_link(value) else None
        case (("td" | "th"), "align"):
            return value if value in {"left", "center", "right"} else None
    return value


def _parse(source: str) -> list[Token]:
    if _lines_cost(source) > MOST_COST:
        return _plain(source)
    try:
        return _MARKDOWN.parse(source)
    except _TooCostly:
        return _plain(source)


def _plain(source: str) -> list[Token]:
    """Return a text as one block that shows it as it stands."""
    return [Token("fence", "code", 0, content=source, block=True)]


def _lines_cost(source: str) -> int:
    """Estimate what finding the blocks costs. A row of a table is filled up to the width of its head."""
    cost = columns = rows = 0
    for line in source.split("\n"):
        if not line or line.isspace():
            cost += columns * rows * COST_OF_CELL
            columns = rows = 0
            continue
        opening = line[: len(line) - len(line.lstrip(_OPENING))]
        levels = min(DEEPEST, len(opening) - opening.count(" ") - opening.count("\t"))
        cost += COST_OF_LINE + levels * COST_OF_LEVEL
        rows += 1
        columns = max(columns, line.count("|"))
    return cost + columns * rows * COST_OF_CELL


def _keep_within_cost(state: StateCore) -> None:
    """Give up between the blocks and what stands in them, if that would take too long."""
    blocks = [token.content for token in state.tokens if token.type == "inline"]
    # A blank between them is no sign, and makes none of their ends.
    written = " ".join(blocks)
    signs = sum(written.count(sign) * each for sign, each in COST_OF_SIGNS.items())
    if len(blocks) * COST_OF_BLOCK + signs > MOST_COST:
        raise _TooCostly


class _TooCostly(Exception):  # noqa: N818 - caught where it is raised from, and never seen
    """The text would take too long to render."""


def _without_foreign_images(children: Sequence[Token]) -> Iterator[Token]:
    """Show the words of an image that may not be loaded in its place."""
    for child in children:
        if child.type == "image" and not str(child.attrs["src"]).startswith(_IMAGES):
            yield Token("text", "", 0, content="".join(_inline_texts(child.children or [])))
        else:
            yield child


def _with_bare_links(children: Iterable[Token]) -> Iterator[Token]:
    """Make links of the addresses that stand in the text, outside of links."""
    inside = 0
    for child in children:
        if child.type in {"link_open", "link_close"}:
            inside += child.nesting
        if child.type != "text" or inside or "://" not in child.content:
            yield child
            continue
        end = 0
        for found in _BARE_LINK.finditer(child.content):
            address = _trimmed(found.group())
            if not _allowed_link(address):
                continue
            yield Token("text", "", 0, content=child.content[end : found.start()])
            yield Token("link_open", "a", 1, attrs={"href": address})
            yield Token("text", "", 0, content=address)
            yield Token("link_close", "a", -1)
            end = found.start() + len(address)
        yield Token("text", "", 0, content=child.content[end:])


def _trimmed(address: str) -> str:
    """Return an address without the marks that end the sentence around it; a bracket that it opened stays."""
    bare = _TRAILING.sub("", address)
    closing = address[len(bare) :]
    return bare + ")" if closing.startswith(")") and bare.count("(") > bare.count(")") else bare


def _texts(tokens: Sequence[Token]) -> Iterator[str]:
    for token in tokens:
        if token.type == "inline":
            yield from _inline_texts(token.children or [])
        elif token.type in {"fence", "code_block"}:
            yield token.content
        if token.block:
            yield " "


def _inline_texts(children: Sequence[Token]) -> Iterator[str]:
    for child in children:
        if child.type in {"softbreak", "hardbreak"}:
            yield " "
        elif child.type == "image":
            yield from _inline_texts(child.children or [])
        else:
            yield child.content


def _mentions(tokens: Sequence[Token]) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for token in tokens:
        if token.type != "inline" or ("@" not in token.content and "＠" not in token.content):
            continue
        inside = 0
        spoken: list[str] = []
        for child in token.children or []:
            if child.type in {"link_open", "link_close"}:
                inside += child.nesting
            # Code and links part words: an @ behind them begins one.
            spoken.append(child.content if child.type == "text" and not inside else "" if child.nesting else " ")
        for mention in _MENTION.finditer("".join(spoken)):
            found[unicodedata.normalize("NFKC", mention[1])] = None
    return tuple(found)[:MOST_MENTIONS]


def _links(tokens: Sequence[Token]) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for token in tokens:
        for child in token.children or []:
            if child.type == "link_open":
                found[html.unescape(str(child.attrs.get("href", "")))] = None
    return tuple(address for address in found if address)


def _images(tokens: Sequence[Token]) -> dict[str, str]:
    found: dict[str, str] = {}
    for token in tokens:
        for child in token.children or []:
            if child.type == "image" and (address := str(child.attrs.get("src", ""))):
                found.setdefault(address, "".join(_inline_texts(child.children or [])))
    return found


# Made once: making it takes twice as long as cleaning a comment.
_CLEANER = nh3.Cleaner(
    tags=_TAGS,
    attributes=_ATTRIBUTES,
    attribute_filter=_kept_attribute,
    url_schemes=_SCHEMES,
    link_rel="nofollow noopener ugc",
    strip_comments=True,
)


class _Reader(MarkdownIt):
    """markdown-it with our rule of where links and images may point."""

    def validateLink(self, url: str) -> bool:  # noqa: N802 - the parent's name for it
        return _allowed_link(url)

    def normalizeLink(self, url: str) -> str:  # noqa: N802 - the parent's name for it
        return url if _NORMAL_LINK.fullmatch(url) is not None else super().normalizeLink(url)


_MARKDOWN = _Reader("commonmark", {"html": False, "maxNesting": DEEPEST}).enable(["table", "strikethrough"])
# HTML is text here, so no rule need look for it; and of the signs that end a text by themselves, most begin nothing here.
_MARKDOWN.disable(["html_block", "html_inline"])
_MARKDOWN.inline.terminator_re = re.compile(r"[\n!&*<\[\\\]_`~]")
_MARKDOWN.core.ruler.after("block", "cost", _keep_within_cost)
