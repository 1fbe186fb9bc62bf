"""E-mail addresses: which are taken, and how two ways to write one are known as the same."""

import unicodedata

import regex

from community.foundation.errors import Invalid

LONGEST = 254  # RFC 5321
LONGEST_LOCAL_PART = 64

# Every address that people have, in any script; none of the quoting by which one header could name two recipients.
_ADDRESS = regex.compile(
    r"[\p{L}\p{M}\p{N}!#$%&'*+/=?^_`{|}~.\-]+@(?:[\p{L}\p{M}\p{N}](?:[\p{L}\p{M}\p{N}\-]*[\p{L}\p{M}\p{N}])?\.)+"
    r"[\p{L}\p{M}\p{N}\-]*[\p{L}\p{M}\p{N}]",
)


def clean_email(written: str) -> str:
    """Return the address as it is written to.

    Raises:
        Invalid: if no mail could arrive there.
    """
    email = unicodedata.normalize("NFC", written.strip())
    local_part = email.rpartition("@")[0]
    if (
        len(email) > LONGEST
        or len(local_part) > LONGEST_LOCAL_PART
        or _ADDRESS.fullmatch(email) is None
        or local_part.startswith(".")
        or local_part.endswith(".")
        or ".." in local_part
    ):
        raise Invalid(field="email", reason="This is not an e-mail address.")
    return email


def fold_email(email: str) -> str:
    """Return what all ways to write an address have in common."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", email.strip()).lower())
