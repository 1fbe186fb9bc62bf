"""A word for each thing that a walk looks for, in English and in Chinese."""

from __future__ import annotations

import re
from itertools import islice, product
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

ENGLISH, CHINESE = "redcanary", "青雀"
"""What every word begins with; nothing else in a world does."""
_NAMES = [f"{stem}{branch}" for stem, branch in product("甲乙丙丁戊己庚辛壬癸", "子丑寅卯辰巳午未申酉戌亥")]
_LONGEST_QUERY = 200


class Words:
    """The words of a world. Each is one token in both languages, so that no snippet comes apart within it."""

    def __init__(self, keys: Iterable[str]) -> None:
        """Make a word for each key, of letters alone."""
        self.keys = sorted(keys)
        assert len(self.keys) <= len(_NAMES)
        self._names = dict(zip(self.keys, _NAMES, strict=False))
        self._pattern = re.compile(rf"{ENGLISH}([a-z]+)|{CHINESE}({'|'.join(self._names.values())})")
        self._key_of = {name: key for key, name in self._names.items()}

    def __getitem__(self, key: str) -> str:
        """Return what is written where something is to be looked for."""
        return f"{ENGLISH}{key} {CHINESE}{self._names[key]}"

    def tag(self, key: str) -> str:
        """Return the word as a tag."""
        assert key in self._names
        return f"{ENGLISH}{key}"

    def found(self, answer: bytes) -> set[str]:
        """Return the keys of the words in an answer; a word that nobody has written is a fault of the walk."""
        matches = self._pattern.findall(answer.decode())
        return {english or self._key_of[chinese] for english, chinese in matches}

    def queries(self) -> Iterator[str]:
        """Return queries that search for all words, as many at once as a query may hold."""
        for written in (
            [f"{ENGLISH}{key}" for key in self.keys],
            [f"{CHINESE}{self._names[key]}" for key in self.keys],
        ):
            waiting = iter(written)
            size = (_LONGEST_QUERY + 4) // (max(map(len, written)) + 4)
            while some := list(islice(waiting, size)):
                yield " OR ".join(some)
