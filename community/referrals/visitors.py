"""Who follows a referral link: a person, or a program that looks at it for one.

Whoever pastes a link into a chat makes the chat's servers, or the sender's phone, fetch it for a preview, and none of
these fetches is a click. What programs say of themselves is a table (`SAYS`); what they do (a method other than GET, a
pace that no hand has) tells some of those who say nothing. Who wants to pass for a person can: this keeps counts
honest, and is no defence.

Visits are counted by a key and no address is kept:

- `visitor_key` is a keyed hash (BLAKE2b [1]) of network, user agent and day, under a key of that day. Within a day it
  tells whether two visits are likely of one visitor (all of a household with the same browser are one; who changes
  network is two). From one day to the next nothing can be linked, and nothing found from keys alone. Whoever has the
  secret can test whether a given address and browser visited on a given day, by trying all of the few billion addresses
  if need be: that is what "pseudonymous" means, so the secret is kept like a password, and what was kept is anonymous
  for good once it is thrown away.
- `network_hash`, `device_hash` and `instrument_hash` stay the same from day to day, as referrals of weeks are compared
  by them; give them a secret of their own, and throw rows away when rewards are settled (`evidence.sightings`).

Sources:
    1. Aumasson, Neves, Wilcox-O'Hearn, Winnerlein: BLAKE2: simpler, smaller, fast as MD5. ACNS 2013; RFC 7693.
"""

import hmac
import ipaddress
import re
from datetime import date
from enum import StrEnum
from hashlib import blake2b
from typing import Final

LONGEST_USER_AGENT: Final = 1000
"""Characters of it that are looked at."""
FASTEST_PACE: Final = 20
"""Links of a community that a person follows in a minute at most; several people may share a key."""
SHORTEST_SECRET: Final = 16
"""Bytes."""


class Visitor(StrEnum):
    """Who or what followed a link."""

    PERSON = "person"
    PREVIEW = "preview"
    """Fetches a link once for those who were sent it."""
    CRAWLER = "crawler"
    """Reads the web for a search engine, an archive, a model."""
    HEADLESS = "headless"
    """A browser that a program drives."""
    SCRIPT = "script"
    """A library, a tool, a monitor, or what does as they do."""


SAYS: Final[tuple[tuple[Visitor, str], ...]] = (
    # WeChat and QQ are browsers as well (MicroMessenger, QQ/8): only what shares and checks links is meant. iMessage
    # calls itself both Facebook's and Twitter's, from the phone of who sends.
    (
        Visitor.PREVIEW,
        (
            r"facebookexternalhit|facebookcatalog|facebot|meta-externalfetcher|twitterbot|slackbot"
            r"|slack-imgproxy|telegrambot|^whatsapp/|discordbot|linkedinbot|skypeuripreview|pinterestbot"
            r"|redditbot|viber|line-poker|snap url preview|wechatshareextension|qq-url-manager|dingtalkbot"
            r"|larkurl2meta|feishubot|weibo.{0,20}preview|embedly|iframely|google-pagerenderer|bitlybot|mastodon"
            r"|vkshare|zoombot|teamsbot|kakaotalk-scrap|yahoo link preview"
        ),
    ),
    (
        Visitor.HEADLESS,
        (r"headless|phantomjs|slimerjs|puppeteer|playwright|selenium|webdriver|cypress|lighthouse|splash"),
    ),
    (
        Visitor.CRAWLER,
        (
            r"(?<!cu)bot\b|(?<!cu)bot[/;_-]|spider|crawl|slurp|archiver|mediapartners|bingpreview|petalbot|yisouspider"
            r"|360spider|haosouspider|bytespider|sogou web|gptbot|ccbot|claudebot|perplexity|scrapy|heritrix"
            r"|feedfetcher|google-inspectiontool"
        ),
    ),
    (
        Visitor.SCRIPT,
        (
            r"^$|^mozilla/\d\.0$|curl/|wget|python|aiohttp|httpx|go-http-client|okhttp|^java|apache-httpclient"
            r"|libwww|lwp|perl|ruby|php|axios|node-fetch|undici|^node|got \(|postman|insomnia|httpie|guzzle"
            r"|winhttp|powershell|dart/|rest-client|uptime|pingdom|statuscake|monitor|zabbix|nagios"
            r"|health-?check|validator"
        ),
    ),
)
"""What user agents say, in any case of letters; the first that fits counts."""
_SAYS: Final = tuple((kind, re.compile(pattern, re.IGNORECASE)) for kind, pattern in SAYS)


def visitor(user_agent: str | None, method: str = "GET", pace: float = 0) -> Visitor:
    """Return who follows a link, by what they say and do.

    Args:
        user_agent: the header, as it came.
        method: of the request.
        pace: how many links the same key followed in the last minute, this one not counted.
    """
    said = (user_agent or "").strip()[:LONGEST_USER_AGENT]
    for kind, pattern in _SAYS:
        if pattern.search(said):
            return kind
    if method.upper() != "GET" or pace > FASTEST_PACE:
        return Visitor.SCRIPT
    return Visitor.PERSON


def visitor_key(secret: bytes, address: str, user_agent: str | None, day: date) -> bytes:
    """Return 16 bytes that tell visitors of a day apart.

    Raises:
        ValueError: if it is no address of IPv4 or IPv6, or the secret is short.
    """
    of_day = _digest(secret, b"visitor of a day", day.isoformat().encode())
    return _digest(
        of_day, b"visitor", _network(address), (user_agent or "")[:LONGEST_USER_AGENT].encode("utf-8", "replace")
    )


def network_hash(secret: bytes, address: str) -> int:
    """Return a positive number of 63 bits that stands for a network: an address of IPv4, or the first 64 bits of IPv6.

    Raises:
        ValueError: as for `visitor_key`.
    """
    return _number(_digest(secret, b"network", _network(address)))


def device_hash(secret: bytes, device: str) -> int:
    """Return a positive number of 63 bits that stands for what a client knows a device by, or 0 for an empty text.

    Raises:
        ValueError: if the secret is short.
    """
    return _number(_digest(secret, b"device", device.encode("utf-8", "replace"))) if device else 0


def instrument_hash(secret: bytes, instrument: str) -> int:
    """Return a positive number of 63 bits that stands for what a shop knows an instrument of payment by, or 0 for an empty text.

    Raises:
        ValueError: if the secret is short.
    """
    return _number(_digest(secret, b"instrument", instrument.encode("utf-8", "replace"))) if instrument else 0


def same(key: bytes, other: bytes) -> bool:
    """Compare two keys in a time that does not tell where they differ."""
    return hmac.compare_digest(key, other)


def _network(address: str) -> bytes:
    found = ipaddress.ip_address(address.strip())
    if isinstance(found, ipaddress.IPv6Address):
        # A home has 64 bits, and its devices change the rest as they like. An IPv4 address in IPv6's clothes is itself.
        return found.ipv4_mapped.packed if found.ipv4_mapped else found.packed[:8]
    return found.packed


def _digest(secret: bytes, use: bytes, *parts: bytes) -> bytes:
    """Return a keyed hash of parts, each with its length before it, so that no two lists of parts run together."""
    if len(secret) < SHORTEST_SECRET:
        raise ValueError(f"a secret has {SHORTEST_SECRET} bytes at least")
    digest = blake2b(key=blake2b(secret, digest_size=32).digest(), digest_size=16, person=use[:16])
    for part in parts:
        digest.update(len(part).to_bytes(4))
        digest.update(part)
    return digest.digest()


def _number(digest: bytes) -> int:
    return (int.from_bytes(digest[:8]) >> 1) or 1
