"""HTML as other platforms keep it, written as the Markdown that would make it."""

import re
from html.parser import HTMLParser

_INLINE = {"strong": "**", "b": "**", "em": "*", "i": "*", "s": "~~", "strike": "~~", "del": "~~"}
_BLOCKS = {"p", "div", "section", "article", "table", "tr", "dl", "dt", "dd", "center"}
_HEADINGS = {f"h{level}": "#" * level for level in range(1, 7)}
_SPECIAL = re.compile(r"[\\`*_\[\]<~&](?:(?<![~&])|(?<=~)(?=~)|(?<=&)(?=[#\w]+;))")
_AT_LINE_START = re.compile(r"^(\s*)(#{1,6}(?=\s|$)|[-+](?=\s|$)|>|=+\s*$|-{2,}\s*$)|^(\s*\d{1,9})([.)])(?=\s|$)")
_LAST_BREAKS = re.compile(r"(?:\\\n\s*)+$")
_BLANKS = re.compile(r"\n{3,}")
_WHITE = re.compile(r"[ \t\r\n\f]{2,}|[\t\r\n\f]")
"""White space that is not one blank already."""
_TICKS = re.compile(r"`+")
# Where emphasis opens and closes, until its place is settled; such characters are in no text that may be kept.
OPEN, CLOSE = "\x02", "\x03"
_OPENED = re.compile(r"(\x02(?:\*\*|\*|~~))(\s+)")
_CLOSED = re.compile(r"(\s+)(\x03(?:\*\*|\*|~~))")
_EMPTY = re.compile(r"\x02(\*\*|\*|~~)\x03\1")
DEEPEST = 15
"""Lists and quotations nested deeper are written flat."""


def to_markdown(source: str) -> str:
    """Return Markdown that shows what the HTML shows: mark-up that Markdown lacks is left out, its text never is."""
    writer = _Writer()
    if "<" in source or "&" in source:
        writer.feed(source)
        writer.close()
    elif source:
        writer.handle_data(source)
    return writer.finish()


class _Writer(HTMLParser):
    """Writes down the parts as they come; each open list or quotation indents what is in it."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._written: list[str] = []
        self._line: list[str] = []
        self._prefixes: list[str] = []
        self._first_prefix: str | None = None
        self._lists: list[int | None] = []
        self._links: list[str | None] = []
        self._code: list[str] | None = None
        self._code_block = False
        self._silent = 0

    def parse_marked_section(self, i: int, report: bool = True) -> int:  # noqa: FBT001, FBT002 - the parent's signature
        """Read what begins like a section of XML but is none as a comment, as browsers do, rather than give up."""
        try:
            return super().parse_marked_section(i, report)
        except AssertionError:
            return self.parse_bogus_comment(i)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: C901 - a branch a tag
        found = {name: value or "" for name, value in attrs}
        if tag in {"script", "style"}:
            self._silent += 1
        elif tag == "pre":
            self._end_block()
            self._code, self._code_block = [], True
        elif self._code is not None:
            return
        elif tag == "code":
            self._code = []
        elif tag in _INLINE:
            self._line.append(f"{OPEN}{_INLINE[tag]}")
        elif tag == "a":
            self._links.append(found.get("href"))
            self._line.append("[")
        elif tag == "img":
            self._line.append(f"![{_escape(found.get('alt', ''))}]({_address(found.get('src', ''))})")
        elif tag == "br":
            self._line.append("\\\n")
        elif tag == "hr":
            self._end_block()
            self._write_block("---")
        elif tag in _HEADINGS:
            self._end_block()
            self._line.append(f"{_HEADINGS[tag]} ")
        else:
            self._start_block(tag, found)

    def _start_block(self, tag: str, found: dict[str, str]) -> None:
        if tag in {"ul", "ol"}:
            self._end_block()
            start = found.get("start", "1")
            self._lists.append(None if tag == "ul" else int(start) if start.isdecimal() and len(start) < 9 else 1)  # noqa: PLR2004 - the digits CommonMark reads
        elif tag == "li":
            self._end_block()
            number = self._lists[-1] if self._lists else None
            mark = "- " if number is None else f"{number}. "
            if self._lists and number is not None:
                self._lists[-1] = number + 1
            self._first_prefix = "".join(self._prefixes) + mark
            self._push(" " * len(mark))
        elif tag == "blockquote":
            self._end_block()
            self._push("> ")
        elif tag in _BLOCKS:
            self._end_block()
        elif tag in {"td", "th"} and "".join(self._line).strip():
            self._line.append(" | ")

    def handle_endtag(self, tag: str) -> None:  # noqa: C901 - a branch a tag
        if tag in {"script", "style"}:
            self._silent = max(0, self._silent - 1)
        elif tag == "pre" and self._code is not None:
            self._end_code_block()
        elif tag == "code" and self._code is not None and not self._code_block:
            self._line.append(_inline_code("".join(self._code)))
            self._code = None
        elif self._code is not None:
            return
        elif tag in _INLINE:
            self._line.append(f"{CLOSE}{_INLINE[tag]}")
        elif tag == "a" and self._links:
            address = self._links.pop()
            self._line.append(f"]({_address(address or '')})")
        elif tag in {"ul", "ol"}:
            self._end_block()
            if self._lists:
                self._lists.pop()
        elif tag in {"li", "blockquote"}:
            self._end_block()
            self._first_prefix = None
            if self._prefixes:
                self._prefixes.pop()
        elif tag in _BLOCKS or tag in _HEADINGS:
            self._end_block()

    def handle_data(self, data: str) -> None:
        if self._silent:
            return
        data = data.replace(OPEN, "").replace(CLOSE, "")
        if self._code is not None:
            self._code.append(data)
        else:
            text = _escape(_WHITE.sub(" ", data))
            first = not self._line or self._line[-1].endswith("\n")
            self._line.append(_begins_line(text) if first else text)

    def finish(self) -> str:
        if self._code_block:
            self._end_code_block()
        elif self._code is not None:
            self._line.append(_inline_code("".join(self._code)))
        for _ in self._links:
            self._line.append("]()")
        self._end_block()
        return _BLANKS.sub("\n\n", "\n".join(self._written)).strip()

    def _push(self, prefix: str) -> None:
        self._prefixes.append(prefix if len(self._prefixes) < DEEPEST else "")

    def _end_block(self) -> None:
        if not self._line:
            return
        text = _emphasised("".join(self._line)).strip(" ")
        self._line = []
        if "\\\n" in text:
            text = _LAST_BREAKS.sub("", text)
        if text.strip():
            self._write_block("\n".join(line.strip(" ") for line in text.split("\n")))

    def _end_code_block(self) -> None:
        code = "".join(self._code or []).strip("\n")
        self._code, self._code_block = None, False
        fence = "`" * max(3, 1 + max((len(run) for run in _TICKS.findall(code)), default=0))
        self._write_block(f"{fence}\n{code}\n{fence}")

    def _write_block(self, block: str) -> None:
        prefix = "".join(self._prefixes)
        first = self._first_prefix if self._first_prefix is not None else prefix
        self._first_prefix = None
        for place, line in enumerate(block.split("\n")):
            self._written.append(f"{prefix if place else first}{line}".rstrip(" "))
        self._written.append(prefix.rstrip(" "))


def _emphasised(text: str) -> str:
    """Put marks of emphasis where they count: against a word, not against white space; around nothing, none."""
    if OPEN not in text and CLOSE not in text:
        return text
    text = _OPENED.sub(r"\2\1", text)
    text = _CLOSED.sub(r"\2\1", text)
    text = _EMPTY.sub("", text)
    return text.replace(OPEN, "").replace(CLOSE, "")


def _escape(text: str) -> str:
    return _SPECIAL.sub(r"\\\g<0>", text)


def _begins_line(text: str) -> str:
    """Escape what would begin a heading, list, quotation or rule."""
    return _AT_LINE_START.sub(lambda found: f"{found[1]}\\{found[2]}" if found[2] else f"{found[3]}\\{found[4]}", text)


def _address(address: str) -> str:
    address = address.strip()
    if any(sign in address for sign in " ()<>\n\\"):
        for sign, coded in (
            (" ", "%20"),
            ("<", "%3C"),
            (">", "%3E"),
            ("\n", ""),
            ("\\", "%5C"),
            ("(", "%28"),
            (")", "%29"),
        ):
            address = address.replace(sign, coded)
    return address


def _inline_code(code: str) -> str:
    code = _WHITE.sub(" ", code)
    if not code.strip():
        return code
    ticks = "`" * (1 + max((len(run) for run in _TICKS.findall(code)), default=0))
    padding = " " if code.startswith("`") or code.endswith("`") else ""
    return f"{ticks}{padding}{code}{padding}{ticks}"
