"""Links in a text, whatever is done to hide where they lead, and the lists of domains that they are held against."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from moderation.rules.folding import Folded, fold
from moderation.rules.unmasking import looks

# Without a scheme or a path only endings that people register by the million count: `end.Next` is no link.
_ENDINGS = frozenset(
    (
        *("com", "net", "org", "info", "biz", "cn", "hk", "tw", "jp", "kr", "in", "us", "uk", "de"),
        *("fr", "ru", "eu", "io", "me", "co", "cc", "tv", "ly", "gl", "gg", "ai", "app", "dev"),
        *("xyz", "top", "site", "online", "shop", "store", "club", "vip", "win", "bid", "loan", "icu", "link", "live"),
        *("fun", "pro", "work", "space", "website", "tech", "tk", "ml", "ga", "cf", "gq", "pw", "ws", "su"),
        *("id", "br", "it", "es", "nl", "pl", "be", "ca", "au", "中国", "公司", "网络", "网址", "商城"),
        *("在线", "我爱你"),
    )
)
# With the dot spelled out only the commonest, as `8 dot in` and `8点vip` are said by honest people.
_SPELLED_ENDINGS = "com|net|org|info|biz|cn|top|xyz|cc|shop|site|online|club|ru|io"
_SIGN = r"[^\W_]"
_LABEL = rf"{_SIGN}(?:[\w-]{{0,61}}{_SIGN})?"
_HOST = rf"(?:{_LABEL}\.){{1,10}}{_LABEL}"
_ADDRESS = re.compile(
    r"\b(?:https?|hxxps?|ftp):[/\\]{1,3}((?:(?!,(?:https?|hxxps?|ftp):)[^\s/\\?#<>\"'()\[\]，。、（）]){1,2000})"
)
_BARE = re.compile(rf"(?<![\w@./-])({_HOST})(?![\w@-])(/?)")
# `example (dot) com`, `example[.]com`, `example点com`
_SPELLED_DOT = re.compile(
    rf"(?<!\w)({_LABEL}) ?(?:[\[({{] ?(?:\.|dot|点|點) ?[\])}}]| dot |点|點) ?({_SPELLED_ENDINGS})(?!\w)"
    rf"|(?<!\w)([a-z0-9-]{{1,63}})。({_SPELLED_ENDINGS})(?!\w)"
)
_PORT = re.compile(r":\d*$")


class Link(NamedTuple):
    """A link, or what a reader may type as one."""

    domain: str
    """Where it leads, as `folded_domain` returns it."""
    start: int
    end: int
    """In the folded text; both 0 for a link that is told of without a place."""


def links_in(plain: Folded) -> Iterator[Link]:
    """Yield what leads out of a folded text: with a scheme, without, and with its dots spelled out. O(n)."""
    text = plain.text
    if (
        "." not in text
        and "dot" not in text
        and "点" not in text
        and "點" not in text
        and "。" not in text
        and ":/" not in text
    ):
        return
    for match in _ADDRESS.finditer(text):
        # What stands before an @ is a name to sign in with, made to look like a domain.
        domain = folded_domain(match.group(1).rpartition("@")[2])
        if domain:
            yield Link(domain, *match.span())
    for match in _BARE.finditer(_ADDRESS.sub(lambda address: "/" * len(address.group()), text)):
        domain = folded_domain(match.group(1))
        ending = domain.rpartition(".")[2]
        if ending in _ENDINGS or (match.group(2) and not ending.isdigit()):
            yield Link(domain, *match.span(1))
    for match in _SPELLED_DOT.finditer(text):
        label, ending = match.group(1, 2) if match.group(1) else match.group(3, 4)
        yield Link(f"{label}.{ending}", *match.span())


def folded_domain(written: str) -> str:
    """Return a domain in the one form that domains are compared in: folded, in Unicode, without port and last dot.

    >>> folded_domain("XN--FIQS8S.Example.COM.:443")
    '中国.example.com'
    """
    text = _PORT.sub("", fold(written).text.replace("。", ".").strip(" .")).strip(" .")
    return ".".join([_label(label) for label in text.split(".")])


def _label(label: str) -> str:
    if not label.startswith("xn--"):
        return label
    try:
        return fold(label[4:].encode("ascii").decode("punycode")).text
    except UnicodeError:
        return label  # no such label resolves


def look_alike_domains(domain: str) -> frozenset[str]:
    """Return what else a reader may take a domain for: `paypal.com` for `раураl.com` and `paypa1.com`."""
    return frozenset(reading.text for reading in looks(domain, fold(domain))) - {domain}


class Domains:
    """A list of domains; each stands for all below it."""

    def __init__(self, domains: Iterable[str]) -> None:
        self._domains = frozenset(folded_domain(domain) for domain in domains)

    def over(self, domain: str) -> str | None:
        """Return the one listed that a folded domain is, or is below; O(labels)."""
        while True:
            if domain in self._domains:
                return domain
            _, dot, domain = domain.partition(".")
            if not dot:
                return None
