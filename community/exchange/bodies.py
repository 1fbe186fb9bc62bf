"""What members wrote, in the forms in which it is kept: done in processes of their own, which import no more than this."""

import struct
from collections.abc import Callable, Sequence

from community.discussions.texts import clean_body, clean_text
from community.exchange.html_to_markdown import to_markdown
from community.foundation.errors import Invalid
from community.foundation.markdown import render

Body = tuple[str, str, str, list[int] | None]
"""body, body_html, body_text, body_breaks."""
Render = Callable[..., list[Body | str]]

LENGTH = struct.Struct("<Q")
"""What stands before each message between the processes."""

LONGEST_BIO = 2_000


def render_bodies(bodies: Sequence[str], *, from_html: bool) -> list[Body | str]:
    """Return each body's forms, or why it may not be one."""
    return [_tried(_body, to_markdown(body) if from_html else body, "body") for body in bodies]


def render_bios(bios: Sequence[str], *, from_html: bool) -> list[Body | str]:
    """Return the forms of what members say of themselves, or why they may not; nothing at all is fine."""
    return [_tried(_bio, to_markdown(bio)[:LONGEST_BIO] if from_html else bio, "bio") for bio in bios]


def _tried(make: Callable[[str], Body], written: str, field: str) -> Body | str:
    try:
        return make(written)
    except Invalid as refusal:
        return f"{field}: {refusal.fields['reason']}"


def _bio(written: str) -> Body:
    bio = clean_text(written, "bio", LONGEST_BIO)
    return (bio, render(bio).html, "", None) if bio else ("", "", "", None)


def _body(written: str) -> Body:
    columns, _ = clean_body(written)
    return columns["body"], columns["body_html"], columns["body_text"], columns["body_breaks"]
