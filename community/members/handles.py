"""What a handle may be, and when two of them look the same.

Two rules of the Unicode standard are followed: UTS 39 "highly restrictive" for which scripts may stand together, and
its skeletons for which strings a reader would take for one another.
"""

import unicodedata
from functools import cache, lru_cache

import regex
from confusable_homoglyphs import confusables

from community.foundation.errors import Invalid
from community.members.errors import HandleReserved

SHORTEST = 2
LONGEST = 30

# The scripts in everyday use (UAX 31, table 5), each by itself: a handle in Cyrillic is welcome, one that mixes
# Cyrillic and Latin is a disguise.
_SINGLE_SCRIPTS = (
    "Latin",
    "Arabic",
    "Armenian",
    "Bengali",
    "Cyrillic",
    "Devanagari",
    "Ethiopic",
    "Georgian",
    "Greek",
    "Gujarati",
    "Gurmukhi",
    "Hebrew",
    "Kannada",
    "Khmer",
    "Lao",
    "Malayalam",
    "Myanmar",
    "Oriya",
    "Sinhala",
    "Tamil",
    "Telugu",
    "Thaana",
    "Thai",
    "Tibetan",
)
# The mixtures that people who write Japanese, Chinese and Korean use every day.
_MIXTURES = (
    ("Latin", "Han", "Hiragana", "Katakana"),
    ("Latin", "Han", "Bopomofo"),
    ("Latin", "Han", "Hangul"),
)


def _of_scripts(*scripts: str) -> str:
    allowed = "".join(rf"\p{{Script_Extensions={script}}}" for script in scripts)
    return rf"[{allowed}0-9_.\-]+"


_SANE_SCRIPTS = regex.compile(
    "|".join([*(_of_scripts(*mixture) for mixture in _MIXTURES), *(_of_scripts(script) for script in _SINGLE_SCRIPTS)]),
    regex.VERSION1,
)
# Letters, the marks they carry, digits, and single separators between them. Letters that print nothing (the Hangul
# fillers are letters to Unicode) are left out.
_SHAPE = regex.compile(
    r"[\p{L}\p{Nd}--\p{DI}][\p{L}\p{M}\p{Nd}--\p{DI}]*(?:[_.\-][\p{L}\p{Nd}--\p{DI}][\p{L}\p{M}\p{Nd}--\p{DI}]*)*",
    regex.VERSION1,
)
_GRAPHEME = regex.compile(r"\X")

# Names that would lend their bearer the community's voice, or that addresses of pages may need.
_RESERVED = (
    *("admin", "administrator", "anonymous", "api", "billing", "bot", "community", "deleted", "everyone", "graphql"),
    *("help", "here", "info", "mail", "me", "member", "members", "mod", "moderator", "moderators", "news", "noreply"),
    *("no-reply", "null", "official", "owner", "postmaster", "privacy", "root", "security", "settings", "staff"),
    *("support", "system", "team", "teahouse", "undefined", "viewer", "webmaster", "www"),
    *("管理员", "管理員", "版主", "官方", "客服", "系统", "系統", "茶馆", "茶館", "运营", "所有人", "匿名", "站长"),
)


def clean_handle(written: str) -> str:
    """Return the handle in the one form it is kept in (NFKC), as its owner writes it otherwise.

    Raises:
        Invalid: if it is too short or long, has other characters, or mixes scripts that hide a disguise.
        HandleReserved: if it speaks for the community.
    """
    handle = unicodedata.normalize("NFKC", written.strip())
    # Both limits: a grapheme may be made of any number of characters.
    if not SHORTEST <= len(_GRAPHEME.findall(handle)) <= LONGEST or len(handle) > 2 * LONGEST:
        raise Invalid(field="handle", reason=f"A handle has {SHORTEST} to {LONGEST} characters.")
    if _SHAPE.fullmatch(handle) is None:
        raise Invalid(
            field="handle",
            reason="A handle is made of letters and digits, with single '_', '.' or '-' between them.",
        )
    if _SANE_SCRIPTS.fullmatch(handle) is None:
        raise Invalid(
            field="handle", reason="A handle keeps to one script, or to Latin with Chinese, Japanese or Korean."
        )
    if skeleton(handle) in _reserved_skeletons():
        raise HandleReserved(handle=handle, path=("handle",))
    return handle


def skeleton(handle: str) -> str:
    """Return what all handles that a reader may take for this one have in common.

    The skeleton of UTS 39 section 4 of the case-folded handle: `Mike`, `rnike` and `mіke` (with a Cyrillic і) share
    one. Beyond UTS 39, `i` counts as `l`, since the `I` that folds to it looks like one.

    >>> skeleton("PayPaI") == skeleton("paypal")
    True
    """
    # What is no handle may be of any length: it is not kept.
    return _kept_skeleton(handle) if len(handle) <= LONGEST else _skeleton(handle)


def _skeleton(handle: str) -> str:
    folded = unicodedata.normalize("NFKC", handle).casefold()
    # A prototype may have a prototype once its case is folded (0 -> O -> o); the table is shallow, so this ends soon.
    while True:
        look = "".join(_prototype(character) for character in unicodedata.normalize("NFD", folded))
        refolded = unicodedata.normalize("NFKC", look).casefold()
        if refolded == folded:
            return folded
        folded = refolded


_kept_skeleton = lru_cache(maxsize=10_000)(_skeleton)


@cache
def _reserved_skeletons() -> frozenset[str]:
    return frozenset(skeleton(name) for name in _RESERVED)


@cache
def _prototypes() -> dict[str, str]:
    prototypes: dict[str, str] = {}
    for source, targets in confusables.confusables_data.items():
        # The table lists a prototype with all that look like it, and every other string with its prototype alone.
        if len(source) == 1 and len(targets) == 1:
            # Marks of direction are only in the table so that right-to-left entries print well.
            target = targets[0]["c"].replace("\u200e", "")
            alone_together = len(confusables.confusables_data.get(target, ())) == 1
            prototypes[source] = min(source, target) if alone_together and len(target) == 1 else target
    prototypes["i"] = "l"
    return prototypes


def _prototype(character: str) -> str:
    return _prototypes().get(character, character)
