"""Text as it is compared: what looks the same is the same, and every place in it leads back to what was written."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from typing import NamedTuple

import regex

# Nothing of these is seen: zero-width signs, marks of direction, variation selectors, tags, fillers.
_UNSEEN = regex.compile(r"[\p{Default_Ignorable_Code_Point}\uFFF9-\uFFFB]")
# Accents, strokes and what is piled upon letters. Vowel signs of Indic scripts and of Thai, and the points of Hebrew and
# Arabic, are no decoration and stay.
_MARKS = regex.compile(r"[\u0300-\u036F\u0483-\u0487\u1AB0-\u1AFF\u1DC0-\u1DFF\u20D0-\u20FF\uFE20-\uFE2F]")
_BLANK = regex.compile(r"[\s\p{Cc}\u2800]")
_BLANKS = regex.compile(r"  +")
_UNUSUAL_BLANK = regex.compile(r"[^\S ]|[\x00-\x1f\x7f]|  ")
_CLUSTER = regex.compile(r"\X")


class Folded(NamedTuple):
    """A text as it is compared, and where each of its signs came from."""

    text: str
    starts: Sequence[int] | None
    """Where in the original each sign begins; None where each sign is where it was."""
    ends: Sequence[int] | None
    """Where in the original each sign ends."""
    stretched: frozenset[int] = frozenset()
    """The signs that stand for three of their kind or more (`unmasking`)."""

    def origin(self, start: int, end: int) -> tuple[int, int]:
        """Return where in the original a part begins and ends, what was taken out within it included."""
        if self.starts is None or self.ends is None:
            return start, end
        return self.starts[start], self.ends[end - 1]

    def kept(self, places: Sequence[int], *, stretched: frozenset[int] = frozenset()) -> Folded:
        """Return the text with only the signs at these places, in order."""
        signs = self.text
        text = "".join([signs[place] for place in places])
        if self.starts is None or self.ends is None:
            return Folded(text, places, [place + 1 for place in places], stretched)
        starts, ends = self.starts, self.ends
        return Folded(text, [starts[place] for place in places], [ends[place] for place in places], stretched)

    def redrawn(self, text: str) -> Folded:
        """Return another text of as many signs, each in the place of the one before."""
        return self._replace(text=text)


def fold(original: str) -> Folded:
    """Return a text without what makes no difference to its reader, folded once or more to the same [1, 2].

    Compatibility forms (NFKC: full-width, circled, mathematical letters), case, accents and signs that are not seen go;
    white space of any kind and length is one space. A look-alike of another script stays what it is (`unmasking`). O(n):
    some microseconds for a post in ASCII, some tens for one in Chinese with signs that change.

    >>> fold("Ｆ\u200bＲＥＥ　Café").text
    'free cafe'

    Sources:
        1. Unicode Standard Annex 15: Unicode normalization forms.
        2. Unicode Technical Standard 39: Unicode security mechanisms.
    """
    if original.isascii():
        folded = Folded(original.lower(), None, None)
    else:
        folded = _once(Folded(original, None, None))
        # What was taken out may leave parts side by side that make up one sign (syllables of Korean).
        while not unicodedata.is_normalized("NFC", folded.text):
            folded = _once(folded)
    return _with_single_blanks(folded) if _UNUSUAL_BLANK.search(folded.text) is not None else folded


def _once(before: Folded) -> Folded:
    text = before.text
    if unicodedata.is_normalized("NFC", text):
        signs = [_FORMS[sign] for sign in text]
        folded = "".join(signs)
        if len(folded) == len(text) and "" not in signs:
            return before.redrawn(folded)
        bounds = [(place, place + 1) for place in range(len(text))]
    else:
        clusters = _CLUSTER.findall(text)
        signs = [_FORMS[cluster] if len(cluster) == 1 else _form(cluster) for cluster in clusters]
        bounds, place = [], 0
        for cluster in clusters:
            bounds.append((place, place + len(cluster)))
            place += len(cluster)
    starts: list[int] = []
    ends: list[int] = []
    for form, (start, end) in zip(signs, bounds, strict=True):
        if form:
            from_start, to_end = before.origin(start, end)
            starts += [from_start] * len(form)
            ends += [to_end] * len(form)
    return Folded("".join(signs), starts, ends)


class _Forms(dict[str, str]):
    """The forms of single signs, kept once they were asked for: there are no more than Unicode has signs."""

    def __missing__(self, sign: str) -> str:
        found = self[sign] = _form(sign)
        return found


_FORMS = _Forms()


def _form(cluster: str) -> str:
    """Return what a sign is compared as: the first form of it that folding leaves as it is."""
    while True:
        folded = unicodedata.normalize("NFKC", cluster).casefold()
        folded = _MARKS.sub("", unicodedata.normalize("NFD", folded))
        folded = _BLANK.sub(" ", _UNSEEN.sub("", unicodedata.normalize("NFC", folded)))
        if folded == cluster:
            return folded
        cluster = folded


def _with_single_blanks(folded: Folded) -> Folded:
    text = _BLANK.sub(" ", folded.text)
    starts = range(len(text)) if folded.starts is None else folded.starts
    ends = range(1, len(text) + 1) if folded.ends is None else folded.ends
    kept: list[int] = []
    ending: list[int] = []
    place = 0
    for run in _BLANKS.finditer(text):
        kept += range(place, run.start() + 1)
        ending += ends[place : run.start()]
        ending.append(ends[run.end() - 1])  # the one space that is left stands for all of them
        place = run.end()
    kept += range(place, len(text))
    ending += ends[place:]
    return Folded("".join([text[one] for one in kept]), [starts[one] for one in kept], ending)
