"""Short texts by which things are shown: one line, nothing hidden in it."""

import unicodedata

import regex

from community.foundation.errors import Invalid

LONGEST_DISPLAY_NAME = 50

_GRAPHEME = regex.compile(r"\X")
# Control characters, and those that reorder or hide their neighbours. The two joiners are letters' business in
# Persian, in Indic scripts and in emoji.
INVISIBLE = regex.compile(
    r"[\p{C}--\p{Cn}--[\u200c\u200d]]|\p{Bidi_Control}|[\u3164\uffa0\u115f\u1160]", regex.VERSION1
)


def clean_display_name(written: str) -> str:
    """Return the name in the form it is kept in: one line, NFC.

    Raises:
        Invalid: if it is empty or too long.
    """
    name = clean_line(written, "display_name", LONGEST_DISPLAY_NAME)
    if not name:
        raise Invalid(field="display_name", reason="A name is needed.", path=("displayName",))
    return name


def clean_line(written: str, field: str, longest: int) -> str:
    """Return a text on one line, in NFC, of at most so many characters as a reader counts them.

    Raises:
        Invalid: if it is longer, or has characters that do not show.
    """
    line = " ".join(unicodedata.normalize("NFC", written).split())
    if INVISIBLE.search(line) is not None:
        raise Invalid(field=field, reason="It has characters that do not show.", path=(camel_case(field),))
    if len(_GRAPHEME.findall(line)) > longest or len(line) > 4 * longest:
        raise Invalid(field=field, reason=f"At most {longest} characters.", path=(camel_case(field),))
    return line


def camel_case(field: str) -> str:
    """Return a field's name as clients write it."""
    first, *others = field.split("_")
    return first + "".join(word.capitalize() for word in others)
