"""What titles and bodies may be, and the forms in which they are kept."""

import re
import unicodedata
from typing import TypedDict

import regex

from community.foundation.errors import Invalid
from community.foundation.markdown import LONGEST, Rendered, count_graphemes, render

LONGEST_TITLE = 200
LONGEST_REASON = 500

# Control characters, surrogates, and what reorders its neighbours across the line it stands in.
_HIDDEN = regex.compile(r"[\p{Cc}\p{Cs}\p{Co}]|[\u202a-\u202e\u2066-\u2069]")
# Cc and Cs but for \t, \n and \r, spelled out: bodies are long, and a class of characters is found much sooner than a set.
_HIDDEN_IN_BODY = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
_SOMETHING = regex.compile(r"[\p{L}\p{N}\p{S}\p{P}]")


class BodyColumns(TypedDict):
    """The columns in which a post or comment keeps its body."""

    body: str
    body_html: str
    body_text: str
    body_breaks: list[int] | None


def clean_title(written: str) -> str:
    """Return a title on one line, in NFC.

    Raises:
        Invalid: if it is empty, longer than 200 characters as a reader counts them, or has hidden characters.
    """
    title = " ".join(unicodedata.normalize("NFC", written).split())
    if _SOMETHING.search(title) is None:
        raise Invalid(field="title", reason="A title is needed.")
    if len(title) > 4 * LONGEST_TITLE or count_graphemes(title) > LONGEST_TITLE:
        raise Invalid(field="title", reason=f"At most {LONGEST_TITLE} characters.")
    if _HIDDEN.search(title) is not None:
        raise Invalid(field="title", reason="It has characters that do not show.")
    return title


def clean_body(written: str) -> tuple[BodyColumns, Rendered]:
    """Return the columns of a body and how it renders.

    Raises:
        Invalid: if it says nothing, or has more than 32,000 characters.
    """
    body = clean_text(written, "body", LONGEST)
    if _SOMETHING.search(body) is None:
        raise Invalid(field="body", reason="Say something.")
    rendered = render(body)
    columns = BodyColumns(body=body, body_html=rendered.html, body_text=rendered.text, body_breaks=rendered.breaks)
    return columns, rendered


def clean_text(written: str, field: str, longest: int) -> str:
    """Return a text of several lines, in NFC.

    Raises:
        Invalid: if it has more than `longest` characters, or control characters.
    """
    text = unicodedata.normalize("NFC", written.replace("\r\n", "\n").replace("\r", "\n")).strip()
    if len(text) > longest:
        raise Invalid(field=field, reason=f"At most {longest} characters.")
    if _HIDDEN_IN_BODY.search(text) is not None:
        raise Invalid(field=field, reason="It has characters that do not show.")
    return text


def clean_reason(written: str) -> str:
    """Return why something was done, on one line.

    Raises:
        Invalid: if it is longer than 500 characters.
    """
    reason = " ".join(written.split())
    if len(reason) > LONGEST_REASON or _HIDDEN.search(reason) is not None:
        raise Invalid(field="reason", reason=f"At most {LONGEST_REASON} plain characters.")
    return reason
