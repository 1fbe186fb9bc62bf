"""What a rule asks, as data. Each condition is refused when it is made, by the field that is wrong, if it cannot be asked."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import ClassVar

import re2

from community.foundation.errors import Invalid
from moderation.rules.folding import fold
from moderation.rules.links import folded_domain
from moderation.rules.scripts import Script

MOST_WORDS = 1_000
LONGEST_WORD = 64
MOST_VARIANTS = 200
MOST_DOMAINS = 1_000
MOST_HASHES = 10_000
MOST_PARTS = 50
"""Of an `All` or an `Any`."""
LONGEST_PATTERN = 500
LARGEST_PROGRAM = 2_500
"""Instructions of RE2. It is the time that the longest post takes in the worst case which is bounded (docs/rules.md)."""
LONGEST_TIME = 366 * 86_400
MOST_TIMES = 10_000

_DOMAIN = re.compile(r"(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.)*[^\W_](?:[\w-]{0,61}[^\W_])?")
_HASH = re.compile(r"[0-9a-f]{16}")
_LABEL = re.compile(r"[a-z][a-z0-9_]{0,39}")


class Whose(StrEnum):
    """Whose earlier texts a text is compared with."""

    AUTHOR = "AUTHOR"
    ANYBODY = "ANYBODY"


@dataclass(frozen=True, slots=True)
class Keywords:
    """Says one of these words, disguised or not: whole words of scripts with spaces, parts of text in Chinese."""

    name: ClassVar[str] = "keywords"
    words: tuple[str, ...]
    variants: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """What is written for parts of words, as the community knows it: `{"薇信": "微信", "vx": "微信"}`."""

    def __post_init__(self) -> None:
        _number("words", len(self.words), 1, MOST_WORDS)
        _number("variants", len(self.variants), 0, MOST_VARIANTS)
        for word in self.words:
            _word("words", word)
        for variant, meant in self.variants.items():
            _word("variants", variant)
            _word("variants", meant)


@dataclass(frozen=True, slots=True)
class Pattern:
    r"""Matches a pattern of RE2, which takes time in proportion to the text, whatever the pattern.

    It is asked of the folded text (small letters, single spaces, no accents) and of what that reads as without disguise;
    or of the text as it is written. Case makes no difference, a full stop matches a new line as well; `\w` and `\b` know
    ASCII alone, so write `\p{Han}` or `\p{L}`.
    """

    name: ClassVar[str] = "pattern"
    pattern: str
    as_written: bool = False

    def __post_init__(self) -> None:
        _length("pattern", self.pattern, LONGEST_PATTERN)
        try:
            compiled = compiled_pattern(self.pattern)
        except re2.error as wrong:
            said = wrong.args[0]
            words = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
            raise Invalid(field="pattern", reason=f"RE2 cannot take it: {words}.") from None
        if max(compiled.programsize, compiled.reverseprogramsize) > LARGEST_PROGRAM:
            raise Invalid(field="pattern", reason="It is too large; ask for fewer repetitions or smaller classes.")
        if compiled.search("") is not None:
            raise Invalid(field="pattern", reason="It matches every text, as it matches nothing at all.")


def compiled_pattern(pattern: str) -> re2._Regexp:
    """Return a pattern as it is asked; RE2 raises its own error for what it cannot take."""
    options = re2.Options()
    options.case_sensitive = False
    options.dot_nl = True
    options.log_errors = False
    return re2.compile(pattern, options)


@dataclass(frozen=True, slots=True)
class Links:
    """Leads out of the community by so many links: by any, by those to some domains, or by those outside of some.

    A domain stands for those below it. Of domains to find, their look-alikes are found as well (`раураl.com`); of domains
    to allow, no look-alike is allowed.
    """

    name: ClassVar[str] = "links"
    at_least: int = 1
    to: tuple[str, ...] = ()
    outside: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        _number("at_least", self.at_least, 1, MOST_TIMES)
        if self.to and self.outside:
            raise Invalid(field="outside", reason="Give domains to find or domains to allow, not both.")
        for named, domains in (("to", self.to), ("outside", self.outside)):
            _number(named, len(domains), 0, MOST_DOMAINS)
            for domain in domains:
                _length(named, domain, 253)
                if _DOMAIN.fullmatch(folded_domain(domain)) is None:
                    raise Invalid(field=named, reason=f"{domain!r} is no domain; write it as example.com.")


@dataclass(frozen=True, slots=True)
class Mentions:
    """Calls so many members."""

    name: ClassVar[str] = "mentions"
    at_least: int

    def __post_init__(self) -> None:
        _number("at_least", self.at_least, 1, MOST_TIMES)


@dataclass(frozen=True, slots=True)
class Repetition:
    """Says the same over and over, by any of what is given."""

    name: ClassVar[str] = "repetition"
    sign: int | None = None
    """One sign so many times in a row."""
    word: int | None = None
    """One word so many times, anywhere."""
    share: float | None = None
    """Such a share of all pieces of four signs was there before; asked of texts of 40 signs or more."""

    def __post_init__(self) -> None:
        if self.sign is None and self.word is None and self.share is None:
            raise Invalid(field="sign", reason="Give the sign, the word or the share that is too much.")
        _number("sign", self.sign, 2, MOST_TIMES)
        _number("word", self.word, 2, MOST_TIMES)
        _share("share", self.share)


@dataclass(frozen=True, slots=True)
class Capitals:
    """Shouts: such a share of its letters are capitals. Asked of texts with enough letters that have capitals."""

    name: ClassVar[str] = "capitals"
    share: float
    letters: int = 20

    def __post_init__(self) -> None:
        _share("share", self.share)
        _number("letters", self.letters, 1, MOST_TIMES)


@dataclass(frozen=True, slots=True)
class NearDuplicates:
    """Is nearly what was written so many times lately (`near_duplicates.likeness`)."""

    name: ClassVar[str] = "near_duplicates"
    within: int
    """Seconds."""
    times: int = 1
    likeness: float = 0.8
    whose: Whose = Whose.AUTHOR
    signs: int = 20
    """Letters and digits that a text needs to be compared: `thanks!` is nobody's."""

    def __post_init__(self) -> None:
        _number("within", self.within, 1, LONGEST_TIME)
        _number("times", self.times, 1, MOST_TIMES)
        _share("likeness", self.likeness)
        _number("signs", self.signs, 3, MOST_TIMES)


@dataclass(frozen=True, slots=True)
class Velocity:
    """Is the author's so manieth text within some time, itself included."""

    name: ClassVar[str] = "velocity"
    times: int
    within: int
    """Seconds."""

    def __post_init__(self) -> None:
        _number("times", self.times, 2, MOST_TIMES)
        _number("within", self.within, 1, LONGEST_TIME)


@dataclass(frozen=True, slots=True)
class FirstPosts:
    """Is among the first that the author writes."""

    name: ClassVar[str] = "first_posts"
    first: int

    def __post_init__(self) -> None:
        _number("first", self.first, 1, MOST_TIMES)


@dataclass(frozen=True, slots=True)
class AccountAge:
    """Is written by whoever joined less long ago than this."""

    name: ClassVar[str] = "account_age"
    under: int
    """Seconds."""

    def __post_init__(self) -> None:
        _number("under", self.under, 1, LONGEST_TIME)


@dataclass(frozen=True, slots=True)
class Trust:
    """Is written by a member of little reputation: a percentile or a level below what is given, by either."""

    name: ClassVar[str] = "trust"
    percentile: int | None = None
    level: int | None = None
    unknown: bool = True
    """Whether members count who have not been scored yet."""

    def __post_init__(self) -> None:
        if self.percentile is None and self.level is None:
            raise Invalid(field="percentile", reason="Give the percentile or the level below which it is asked.")
        _number("percentile", self.percentile, 1, 100)
        _number("level", self.level, 2, 4)


@dataclass(frozen=True, slots=True)
class Scripts:
    """Is written in certain scripts: such a share of its letters. Languages of one script are not told apart."""

    name: ClassVar[str] = "scripts"
    scripts: tuple[Script, ...]
    share: float = 0.5
    letters: int = 10
    """That a text needs to be asked."""

    def __post_init__(self) -> None:
        _number("scripts", len(self.scripts), 1, len(Script))
        _share("share", self.share)
        _number("letters", self.letters, 1, MOST_TIMES)


@dataclass(frozen=True, slots=True)
class Images:
    """Shows a picture whose perceptual hash is within some bits of one of these, of 64 bits in 16 hexadecimal digits."""

    name: ClassVar[str] = "images"
    hashes: tuple[str, ...]
    bits: int = 6

    def __post_init__(self) -> None:
        _number("hashes", len(self.hashes), 1, MOST_HASHES)
        _number("bits", self.bits, 0, 16)
        for one in self.hashes:
            if _HASH.fullmatch(one) is None:
                raise Invalid(field="hashes", reason="A hash is 16 hexadecimal digits, in small letters.")


@dataclass(frozen=True, slots=True)
class Score:
    """Has such a score of a classifier, or above. A text that was not scored has none."""

    name: ClassVar[str] = "score"
    label: str
    at_least: float

    def __post_init__(self) -> None:
        if _LABEL.fullmatch(self.label) is None:
            raise Invalid(field="label", reason="A label has 1 to 40 small letters, digits and underscores.")
        _share("at_least", self.at_least)


@dataclass(frozen=True, slots=True)
class External:
    """Has such a score of the classifier that the operator has set, or above. Without its answer, nothing holds by it."""

    name: ClassVar[str] = "external"
    at_least: float

    def __post_init__(self) -> None:
        _share("at_least", self.at_least)


@dataclass(frozen=True, slots=True)
class All:
    """All of these hold."""

    name: ClassVar[str] = "all"
    of: tuple[Condition, ...]

    def __post_init__(self) -> None:
        _number("of", len(self.of), 1, MOST_PARTS)


@dataclass(frozen=True, slots=True)
class Any:
    """One of these holds."""

    name: ClassVar[str] = "any"
    of: tuple[Condition, ...]

    def __post_init__(self) -> None:
        _number("of", len(self.of), 1, MOST_PARTS)


@dataclass(frozen=True, slots=True)
class Not:
    """This does not hold."""

    name: ClassVar[str] = "not"
    of: Condition


Leaf = (
    Keywords | Pattern | Links | Mentions | Repetition | Capitals | NearDuplicates | Velocity | FirstPosts | AccountAge
    | Trust | Scripts | Images | Score | External
)  # fmt: skip
Condition = Leaf | All | Any | Not


def parts_of(condition: Condition) -> Sequence[Condition]:
    """Return what a condition is put together from; nothing for one that asks something itself."""
    if isinstance(condition, All | Any):
        return condition.of
    return (condition.of,) if isinstance(condition, Not) else ()


def walk(condition: Condition) -> Iterator[Condition]:
    """Yield a condition and all that it is put together from."""
    yield condition
    for part in parts_of(condition):
        yield from walk(part)


def _number(named: str, number: int | None, least: int, most: int) -> None:
    if number is not None and not least <= number <= most:
        raise Invalid(field=named, reason=f"{least} to {most:,}.")


def _share(named: str, share: float | None) -> None:
    if share is not None and not 0 < share <= 1:
        raise Invalid(field=named, reason="A share above 0 and at most 1.")


def _length(named: str, text: str, most: int) -> None:
    if not 1 <= len(text) <= most:
        raise Invalid(field=named, reason=f"1 to {most} characters.")
    # Neither RE2 nor the database takes half a pair of surrogates, or NUL.
    if any("\ud800" <= sign <= "\udfff" or sign == "\0" for sign in text):
        raise Invalid(field=named, reason="It has characters that no text has.")


def _word(named: str, word: str) -> None:
    _length(named, word, LONGEST_WORD)
    if not any(sign.isalnum() or not sign.isascii() for sign in fold(word).text.strip()):
        raise Invalid(field=named, reason=f"{word!r} has nothing to look for.")
