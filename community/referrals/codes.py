"""Referral codes: drawn, shown, and read back from what people type.

The alphabet has 23 signs. Of signs that are taken for each other it has one at most, so that what somebody misreads can
be put right without a guess: 0, O, D and Q are Q; 1, I, L and J are J; 2 and Z are 2; 5 and S are 5; 6 and G are 6; 8
and B are 8; U and V are V. The vowels A and E are left out besides, for a code without vowels spells hardly a word.

23 is a prime, so a weighted sum modulo 23 with another weight at each place tells every single wrong sign and every
swap of two, neighbours or not [1, 2]: a wrong sign changes the sum by weight * difference, a swap by difference of
weights * difference of signs, and neither is a multiple of 23. ISO 7064 MOD 37,36 does as much for neighbours with 36
signs, of which we do not want 13.

A code is no secret, as it is shared in public, but nobody is to find one by trying: it is so long that a guess hits one
of those there are once in a million times, the check sign not counted, which who guesses can compute.

Sources:
    1. Verhoeff: Error detecting decimal codes. Mathematical Centre Tracts 29, Amsterdam, 1969.
    2. Gumm: A new class of check-digit methods for arbitrary number systems. IEEE Trans. Information Theory 31, 1985.
"""

import re
import secrets
import unicodedata
from typing import Final

from community.foundation.errors import Invalid

ALPHABET: Final = "23456789CFHJKMNPQRTVWXY"
_VALUES: Final = {sign: value for value, sign in enumerate(ALPHABET)}
_READ_AS: Final = str.maketrans("01ILODZSGBU", "QJJJQQ2568V")
"""What people see or write, and what was meant."""

SHORTEST: Final = 6
"""Signs of a code at least, the check sign among them."""
LONGEST: Final = len(ALPHABET) - 1
"""Signs of a code at most: weights from 1 to 22 differ, and none is a multiple of 23."""
LONGEST_TYPED: Final = 100
"""Characters that are looked at at most, with all spaces and dashes."""
GUESSES: Final = 1_000_000
"""How many guesses it takes, on average, to hit a code, if codes are as long as `length_for` says."""

_RUDE: Final = (
    # English
    "anal anus arse ass bitch boob cock coon crap cum cunt dick dyke fag fck fuck fvck fuk gook hoe jew kike kkk milf "
    "nazi nig paki piss poo porn pube rape sex shit slut spic spunk suck tit turd twat wank whore wtf 1488 "
    # Chinese: pinyin, its initials, and numbers that sound like it (死, 去死吧, 三八, 我死)
    "sb shabi nb cao caoni cnm wcnm nmsl tmd nmd nima mlgb rnm gnm jb jiba bitch biao hundan wangba gun ri si sima "
    "qusi 38 514 748 8964 fw nc zz gdx mmp"
)
_STANDS_FOR: Final = {"A": "4", "E": "3", "T": "T7"}
"""Signs of the alphabet that are read as a letter, beyond those that `_READ_AS` has."""

_RUDE_SIGNS: Final = re.compile(
    "|".join(
        "".join(f"[{_STANDS_FOR.get(letter, letter)}]" for letter in word.upper().translate(_READ_AS))
        for word in _RUDE.split()
    )
)


def length_for(amount: int) -> int:
    """Return how many signs a code has, with its check sign, where there are to be so many codes.

    The least k for which amount / 23^(k - 1) <= 1 / 1,000,000, and six at least.

    Raises:
        ValueError: if it would be more than 22, or the amount is negative.
    """
    if amount < 0:
        raise ValueError(f"there cannot be {amount} codes")
    length = SHORTEST
    while len(ALPHABET) ** (length - 1) < amount * GUESSES:
        length += 1
    if length > LONGEST:
        raise ValueError(f"{amount} codes would need more than {LONGEST} signs")
    return length


def draw(length: int) -> str:
    """Return a code of so many signs, its check sign the last, all that are not rude being equally likely.

    Whoever stores it draws another where it is taken already.

    Raises:
        ValueError: if codes are not so long.
    """
    if not SHORTEST <= length <= LONGEST:
        raise ValueError(f"a code has {SHORTEST} to {LONGEST} signs, not {length}")
    while True:
        drawn = "".join(secrets.choice(ALPHABET) for _ in range(length - 1))
        code = drawn + check_sign(drawn)
        if not is_rude(code):
            return code


def check_sign(signs: str) -> str:
    """Return the sign that makes the sum of (place counted from the end) * (value of the sign) a multiple of 23."""
    # The check sign itself is at place 1, so its value is what is missing.
    total = sum(place * _VALUES[sign] for place, sign in enumerate(reversed(signs), start=2))
    return ALPHABET[-total % len(ALPHABET)]


def is_rude(code: str) -> bool:
    """Say whether a rude word of English, or of Chinese in pinyin or numbers, can be read in a code."""
    return _RUDE_SIGNS.search(code) is not None


def shown(code: str) -> str:
    """Return a code in groups for reading: of four signs, or of three where four would leave one or two alone."""
    groups = -(-len(code) // 4)
    least, longer = divmod(len(code), groups)
    lengths = [least + (place < longer) for place in range(groups)]
    return "-".join(code[sum(lengths[:place]) : sum(lengths[: place + 1])] for place in range(groups))


def read(typed: str, *, field: str = "code") -> str:
    """Return the code that is meant by what somebody typed or pasted.

    Case, spaces, dashes of any kind and full-width forms make no difference, and signs that look alike are put right.

    Raises:
        Invalid: if no code is meant; it names the field and says what is wrong.
    """
    if len(typed) > LONGEST_TYPED:
        raise Invalid(field=field, reason=f"A code is not longer than {LONGEST} letters and digits.")
    whole = unicodedata.normalize("NFKC", typed).upper()
    signs = "".join(sign for sign in whole if not _is_between(sign)).translate(_READ_AS)
    strange = next((sign for sign in signs if sign not in _VALUES), None)
    if strange is not None:
        raise Invalid(field=field, reason=f"No code has the character “{strange}”.")
    if not SHORTEST <= len(signs) <= LONGEST:
        raise Invalid(
            field=field, reason=f"A code has {SHORTEST} to {LONGEST} letters and digits, this has {len(signs)}."
        )
    if check_sign(signs[:-1]) != signs[-1]:
        raise Invalid(field=field, reason="A letter or digit is wrong, or two are swapped.")
    return signs


def _is_between(sign: str) -> bool:
    """Say whether it is a space, a dash, a line that people take for one (ー, 一 and ·), or nothing that is seen."""
    return unicodedata.category(sign) in {"Zs", "Zl", "Zp", "Cc", "Cf", "Pd", "Pc"} or sign in "·.•−ー一"
