"""What a mail address tells: one mailbox has many spellings, and some are thrown away after a minute.

`mail_signs` folds what reaches one mailbox to one key, by what each provider documents (`PROVIDERS`). What cannot be
seen from outside is left alone: that 12345@qq.com may be somebody's english name at qq.com and at foxmail.com as well,
that a number at 163.com may have a name there (网易 lets neither dots nor plus signs into names; 163.com, 126.com and
yeah.net are registered apart), and that a domain of one's own may give everything to one mailbox. A domain of millions
is no sign of anything; one of a small company is a weak one, as colleagues do invite each other.

The list of disposable domains is ours, under the licence of this project: services that say of themselves, on their own
front page, that their addresses are temporary. It is short on purpose, as there are tens of thousands such domains,
gone within weeks; a community that needs more adds its own (`more_disposable`).
"""

import unicodedata
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

LONGEST: Final = 254
"""Characters of an address (RFC 5321, 4.5.3.1.3)."""


class Domain(StrEnum):
    """What kind of domain an address is at."""

    FREE = "free"
    """Anybody can have a mailbox there; millions do."""
    DISPOSABLE = "disposable"
    OWN = "own"
    """Of a company, a school, a family."""


@dataclass(frozen=True, slots=True)
class Provider:
    """What spellings reach the same mailbox."""

    domains: tuple[str, ...]
    """The first is what the others are folded to, if they are one."""
    one: bool = False
    """Whether the same name at each of the domains is the same mailbox."""
    dots: bool = False
    """Whether dots in names make no difference."""
    separator: str = "+"
    """What begins a part of the name that makes no difference."""
    below: bool = False
    """Whether anything@name.domain is name@domain."""
    dashes: bool = False
    """Whether a dash is a dot."""


PROVIDERS: Final = (
    Provider(("gmail.com", "googlemail.com"), one=True, dots=True),
    Provider(("fastmail.com", "fastmail.fm", "messagingengine.com", "fastmail.cn"), below=True),
    Provider(("icloud.com", "me.com", "mac.com"), one=True),
    Provider(("proton.me", "protonmail.com", "protonmail.ch", "pm.me"), one=True, dots=True),
    Provider(("yandex.com", "yandex.ru", "ya.ru", "yandex.by", "yandex.kz", "yandex.ua"), one=True, dashes=True),
    Provider(
        ("yahoo.com", "ymail.com", "rocketmail.com", "yahoo.co.jp", "yahoo.co.uk", "yahoo.com.tw", "yahoo.com.hk"),
        separator="-",
    ),
    Provider(("qq.com", "vip.qq.com", "foxmail.com"), separator=""),
    Provider(("163.com", "126.com", "yeah.net", "vip.163.com", "188.com"), separator=""),
)
_FREE: Final = (
    "outlook.com hotmail.com live.com msn.com outlook.jp aol.com gmx.com gmx.de gmx.net web.de mail.com mail.ru "
    "bk.ru inbox.ru list.ru zoho.com tutanota.com tuta.io hey.com t-online.de freenet.de orange.fr free.fr "
    "laposte.net libero.it naver.com daum.net hanmail.net sina.com sina.cn sohu.com 139.com 189.cn wo.cn 21cn.com "
    "aliyun.com tom.com 263.net hotmail.co.uk live.cn hotmail.fr comcast.net att.net verizon.net rediffmail.com "
    "seznam.cz wp.pl o2.pl"
)
_DISPOSABLE: Final = (
    "mailinator.com guerrillamail.com guerrillamail.net guerrillamail.org guerrillamail.biz guerrillamail.de "
    "sharklasers.com grr.la 10minutemail.com 10minutemail.net 20minutemail.com 10mail.org yopmail.com yopmail.fr "
    "yopmail.net temp-mail.org temp-mail.io tempmail.com tempmail.net tempmail.plus tempmailo.com tempail.com "
    "throwawaymail.com trashmail.com trashmail.net trashmail.de trash-mail.com wegwerfmail.de wegwerfmail.net "
    "einrot.com dispostable.com discard.email discardmail.com maildrop.cc mailnesia.com mailcatch.com "
    "mailnull.com mintemail.com mohmal.com moakt.com getnada.com nada.email inboxkitten.com fakeinbox.com "
    "fakemail.net fakemailgenerator.com emailondeck.com spamgourmet.com spam4.me spambox.us mytemp.email "
    "burnermail.io 33mail.com minuteinbox.com tempr.email tempinbox.com emailfake.com email-fake.com "
    "generator.email luxusmail.org incognitomail.org anonbox.net byom.de mail-temp.com mailsac.com mailpoof.com "
    "harakirimail.com crazymailing.com linshiyouxiang.net linshi-email.com 027168.com bccto.me chacuo.net "
    "24mail.chacuo.net mail.tm 1secmail.com 1secmail.net 1secmail.org dropmail.me 10mail.tk tmpmail.org "
    "tmpmail.net tmail.io snapmail.cc"
)
FREE: Final = frozenset(_FREE.split()) | {domain for provider in PROVIDERS for domain in provider.domains}
DISPOSABLE: Final = frozenset(_DISPOSABLE.split())
_BY_DOMAIN: Final = {domain: provider for provider in PROVIDERS for domain in provider.domains}
_ANY: Final = Provider(())


@dataclass(frozen=True, slots=True)
class MailSigns:
    """What an address tells."""

    key: str
    """One for all spellings that reach the mailbox. It is an address: hash it before it is kept beside a referral."""
    domain: str
    kind: Domain
    aliased: bool
    """Whether it was spelled otherwise than the mailbox is named, by more than the case of letters."""


def mail_signs(address: str, more_disposable: AbstractSet[str] = frozenset()) -> MailSigns | None:
    """Return what an address tells, or None if it has no name, no domain, or more than 254 characters.

    Args:
        address: as it was given.
        more_disposable: domains that a community does not want, in small letters.
    """
    if len(address) > LONGEST:
        return None
    whole = unicodedata.normalize("NFKC", address).strip().casefold()
    name, _, at = whole.rpartition("@")
    domain = _ascii(at.rstrip("."))
    if not name or not domain:
        return None
    provider, home, given = _ANY, domain, name
    for parent in _parents(domain):
        if (known := _BY_DOMAIN.get(parent)) and (parent == domain or known.below):
            provider, home = known, parent
            break
    if home != domain:
        # anything@name.fastmail.com: of name.sub.fastmail.com the part next to the provider is the name.
        name = domain.removesuffix(f".{home}").rpartition(".")[2]
    if provider.separator:
        name = name.partition(provider.separator)[0] or name
    if provider.dots:
        name = name.replace(".", "") or name
    if provider.dashes:
        name = name.replace("-", ".")
    if provider.one:
        home = provider.domains[0]
    aliased = name != given or (home != domain and not provider.one)
    return MailSigns(f"{name}@{home}", home, _kind(domain, home, more_disposable), aliased)


def _kind(domain: str, home: str, more_disposable: AbstractSet[str]) -> Domain:
    if any(parent in DISPOSABLE or parent in more_disposable for parent in _parents(domain)):
        return Domain.DISPOSABLE
    return Domain.FREE if home in FREE else Domain.OWN


def _parents(domain: str) -> list[str]:
    """Return a domain and those above it, the longest first."""
    parts = domain.split(".")
    return [".".join(parts[place:]) for place in range(len(parts))]


def _ascii(domain: str) -> str:
    """Return a domain as it is in the DNS, 例子.中国 as xn--fsqu00a.xn--fiqs8s; empty if it can be none."""
    try:
        return domain.encode("idna").decode("ascii")
    except UnicodeError:
        return ""
