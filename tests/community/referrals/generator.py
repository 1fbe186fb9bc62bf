"""Programmes of referrals that are made up: honest ones of several kinds, and fraud of several kinds and skills.

`world(seed)` draws everything from the seed: how many friends people bring, how keen friends are, how much is known of
them, how skilled cheats are. Two worlds differ as two communities do, so that what tells fraud in one may not in
another.
"""

from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from community.referrals.fraud.claims import COLUMNS, DAY, Claims

NOW = 1_800_000_000.0
HONEST = ("friends", "family", "office", "event", "viral", "slow", "bargains", "swapped", "bystanders")
"""Bargains: strangers who found a code on a page of bargains, of whom few stay. Swapped: friends who happen to
bring each other's families. Bystanders: real friends whom cheats brought."""
FRAUD = ("self", "farm", "ring", "star", "careful", "proxied", "drip")
HOUR = 3_600.0

Columns = dict[str, Any]


class World(NamedTuple):
    """Claims, of which kind each is, whether it is fraud, and how skilled its cheats are."""

    claims: Claims
    kinds: NDArray[np.str_]
    fraud: NDArray[np.bool_]
    skill: float
    """Of its cheats, from 0 to 1."""


@dataclass
class Member:
    """Who brings others."""

    number: int
    trust: float
    device: int
    network: int
    mailbox: int
    payment: int


@dataclass
class Making:
    """A world in the making: how things are in it, and what there is so far."""

    rng: np.random.Generator
    last: int = 0
    columns: list[Columns] = field(default_factory=list)
    kinds: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        rng = self.rng
        self.days = rng.uniform(60, 240)
        self.keen = rng.uniform(0.5, 0.9)
        self.alike = rng.uniform(2, 20)
        self.acts = rng.uniform(4, 20)
        self.tail = rng.uniform(1.2, 2.2)
        self.behind_carriers = rng.uniform(0, 0.25)
        self.carriers = np.array([self.fresh() for _ in range(int(rng.integers(3, 12)))])
        self.buying = rng.uniform(0, 0.3)
        self.unknown = rng.uniform(0, 0.15)
        self.scored = rng.uniform(0.8, 1)
        self.throw_away = rng.uniform(0, 0.02)
        self.spelled = rng.uniform(0, 0.06)
        self.skill = rng.uniform(0, 1)
        self.newcomers = rng.uniform(0.1, 0.5)
        self.one_tap = rng.uniform(0, 0.25)

    def fresh(self) -> int:
        """Return a number that nothing else has."""
        self.last += 1
        return self.last

    def many(self, amount: int) -> NDArray[np.int64]:
        """Return so many numbers that nothing else has."""
        self.last += amount
        return np.arange(self.last - amount + 1, self.last + 1)

    def member(self, *, cheats: bool = False) -> Member:
        """Return somebody who brings others; cheats are trusted as little as newcomers, or are members gone astray."""
        low = self.rng.random() < (0.8 if cheats else self.newcomers)
        trust = self.rng.beta(1, 8) if low else self.rng.beta(1.5, 1.5)
        return Member(self.fresh(), float(trust), self.fresh(), int(self.networks(1)[0]), self.fresh(), self.fresh())

    def networks(self, amount: int) -> NDArray[np.int64]:
        """Return networks: of one's own, or a carrier's."""
        own = self.many(amount)
        return np.where(self.rng.random(amount) < self.behind_carriers, self.rng.choice(self.carriers, amount), own)

    def some(self, share: float, amount: int) -> NDArray[np.bool_]:
        """Draw for each of some whether something holds."""
        return self.rng.random(amount) < share

    def times(self, amount: int) -> NDArray[np.float64]:
        """Return when friends come: around some days on which their friend spoke of it, by day rather than by night."""
        rng = self.rng
        talks = rng.uniform(0, self.days, max(1, amount // 3))
        day = np.minimum(rng.choice(talks, amount) + rng.exponential(4, amount), self.days)
        return NOW - self.days * DAY + np.floor(day) * DAY + np.clip(rng.normal(15, 4, amount), 0, 23.9) * HOUR

    def people(self, member: Member, when: NDArray[np.float64], keen: float | None = None) -> Columns:
        """Return real friends of a member, who came at some times."""
        rng, amount = self.rng, len(when)
        when = np.minimum(when, NOW - 60)
        share = (self.keen if keen is None else keen) * self.alike
        active = self.some(float(rng.beta(max(share, 0.1), max(self.alike - share, 0.1))), amount)
        first = when + rng.exponential(rng.uniform(0.3, 3) * DAY, amount)
        active &= first < NOW
        acts = rng.geometric(1 / np.maximum(rng.gamma(1, self.acts, amount), 1)) * active
        age = np.maximum((NOW - when) / DAY, 1)
        lasting = np.minimum(np.ceil(np.minimum(acts, age) * rng.uniform(0.2, 1, amount)), age)
        trust = rng.beta(1 + np.minimum(lasting, 30) / 4, 3) * np.where(active, 1, rng.random(amount) * 0.3)
        buys = active & self.some(self.buying, amount)
        return {
            "referrer": np.full(amount, member.number),
            "referee": self.many(amount),
            "clicked_at": np.where(
                self.some(0.8, amount),
                when - rng.lognormal(np.where(self.some(self.one_tap, amount), 1.6, 4.5), 0.8),
                np.nan,
            ),
            "signed_up_at": when,
            "verified_at": np.where(self.some(0.93, amount) | active, when + 300, np.nan),
            "active_at": np.where(active, first, np.nan),
            "purchased_at": np.where(buys, np.minimum(first + rng.exponential(20 * DAY, amount), NOW), np.nan),
            "device": np.where(self.some(self.unknown, amount), 0, self.many(amount)),
            "network": np.where(self.some(self.unknown / 3, amount), 0, self.networks(amount)),
            "mailbox": self.many(amount),
            "domain": np.where(self.some(0.2, amount), self.many(amount), 0),
            "payment": np.where(buys, self.many(amount), 0),
            "disposable": self.some(self.throw_away, amount),
            "aliased": self.some(self.spelled, amount),
            "acts": acts.astype(float),
            "active_days": lasting * active,
            "trust": np.where(self.some(self.scored, amount), np.clip(trust, 0, 1), np.nan),
            "referrer_trust": np.full(amount, member.trust),
            "referrer_device": np.full(amount, member.device),
            "referrer_network": np.full(amount, member.network),
            "referrer_mailbox": np.full(amount, member.mailbox),
            "referrer_payment": np.full(amount, member.payment),
        }

    def made_up(
        self, member: Member, when: NDArray[np.float64], *, devices: int = 0, faked: float = 0.1, scripted: float = 0.5
    ) -> Columns:
        """Return accounts that a cheat made: on how many devices (0: another each), which share feigns, or is scripted."""
        rng, amount = self.rng, len(when)
        when = np.minimum(when, NOW - 60)
        columns = self.people(member, when, keen=0.5)
        active = self.some(faked, amount)
        # A skilled cheat has some accounts do much more than others, as people do.
        effort = rng.uniform(1, 5) * (rng.gamma(1, 1, amount) if rng.random() < self.skill else np.ones(amount))
        acts = (1 + rng.poisson(effort)) * active
        buys = active & self.some(self.buying / 4, amount)
        cards = self.many(1 + amount // 15)
        quick = self.some(scripted, amount)
        columns |= {
            "clicked_at": np.where(
                self.some(0.8, amount),
                when - np.where(quick, rng.uniform(1, 6, amount), rng.lognormal(4, 0.7, amount)),
                np.nan,
            ),
            "verified_at": np.where(self.some(0.8, amount) | active, when + 60, np.nan),
            "active_at": np.where(active, np.minimum(when + rng.exponential(0.5 * DAY, amount), NOW), np.nan),
            "purchased_at": np.where(buys, when + DAY, np.nan),
            "payment": np.where(buys, rng.choice(cards, amount), 0),
            "acts": acts.astype(float),
            "active_days": np.minimum(acts, rng.integers(1, 4, amount)) * active,
            "trust": np.where(self.some(self.scored, amount), rng.beta(1, rng.uniform(4, 30), amount), np.nan),
            "domain": np.zeros(amount, np.int64),
        }
        if devices:
            columns["device"] = rng.choice(self.many(devices), amount)
        return columns

    def add(self, kind: str, columns: Columns) -> Columns:
        """Put claims into the world."""
        self.columns.append(columns)
        self.kinds += [kind] * len(columns["referee"])
        return columns


def world(seed: int, *, size: int = 2_500, trusted: bool = True) -> World:
    """Return a programme of about so many honest claims; trust is not known to any if it is not `trusted`."""
    making = Making(np.random.default_rng(seed))
    _honest(making, size)
    _cheats(making, size * making.rng.uniform(0.1, 0.35))
    columns = {name: np.concatenate([part[name] for part in making.columns]) for name in COLUMNS}
    columns = {name: column.astype(COLUMNS[name]) for name, column in columns.items()}
    if not trusted:
        columns["trust"][:] = np.nan
        columns["referrer_trust"][:] = np.nan
    kinds = np.array(making.kinds)
    order = making.rng.permutation(len(kinds))
    claims = Claims(now=NOW, **{name: column[order] for name, column in columns.items()})
    return World(claims, kinds[order], np.isin(kinds[order], FRAUD), making.skill)


def _honest(making: Making, size: int) -> None:
    rng = making.rng
    while len(making.kinds) < size * 0.55:
        amount = int(min(rng.pareto(making.tail) + 1, 60))
        making.add("friends", making.people(making.member(), making.times(amount)))
    _families(making, size)
    _together(making, size)
    for _ in range(int(rng.integers(0, 3))):
        amount = int(rng.integers(size // 25, size // 6))
        begin = NOW - rng.uniform(1, making.days) * DAY
        when = begin + rng.exponential(rng.uniform(0.3, 1.5) * HOUR, amount)
        making.add("viral", making.people(making.member(), when, making.keen * rng.uniform(0.7, 1)))
    for _ in range(int(rng.integers(0, 5))):
        when = making.times(int(rng.integers(5, 40)))
        when = when.max() - np.minimum(when.max() - when, rng.exponential(3 * DAY, len(when)))
        columns = making.people(making.member(), when, making.keen * rng.uniform(0.3, 0.8))
        columns["disposable"] |= making.some(0.1, len(when))
        making.add("bargains", columns)
    for _ in range(max(1, size // 50)):
        columns = making.people(making.member(), making.times(int(rng.integers(1, 5))), keen=0.9)
        # Who comes and looks for weeks before a first word.
        late = columns["signed_up_at"] + rng.uniform(10, 60, len(columns["referee"])) * DAY
        columns["active_at"] = np.where(np.isfinite(columns["active_at"]) & (late < NOW), late, np.nan)
        for name in ("acts", "active_days"):
            columns[name] = np.where(np.isfinite(columns["active_at"]), columns[name], 0)
        making.add("slow", columns)


def _families(making: Making, size: int) -> None:
    rng = making.rng
    for _ in range(max(1, size // 40)):
        member = making.member()
        amount = int(rng.integers(1, 5))
        columns = making.people(member, making.times(amount), keen=0.85)
        columns["network"] = np.where(making.some(0.85, amount), member.network, columns["network"])
        columns["device"] = np.where(making.some(0.25, amount), member.device, columns["device"])
        buys = columns["payment"] != 0
        columns["payment"] = np.where(buys & making.some(0.3, amount), member.payment, columns["payment"])
        making.add("family", columns)
        if rng.random() < 0.1:
            # A friend brings the other half of the family, on the family's computer.
            friend = making.member()
            friend.number, friend.device = int(columns["referee"][0]), making.fresh()
            back = making.people(friend, making.times(1), keen=0.85)
            back["device"][:] = member.device
            making.add("swapped", back)


def _together(making: Making, size: int) -> None:
    """Add colleagues on their office's network, and guests of an event on that of the house."""
    rng = making.rng
    for _ in range(max(1, size // 500)):
        member, amount = making.member(), int(rng.integers(3, 25))
        columns = making.people(member, making.times(amount))
        columns["network"] = np.where(making.some(0.8, amount), member.network, columns["network"])
        columns["domain"] = np.where(making.some(0.6, amount), making.fresh(), columns["domain"])
        making.add("office", columns)
    for _ in range(int(rng.integers(0, 3))):
        amount = int(rng.integers(10, 50))
        begin = NOW - rng.uniform(1, making.days) * DAY
        columns = making.people(making.member(), begin + rng.uniform(0, 3, amount) * HOUR)
        columns["network"] = np.where(making.some(0.7, amount), making.fresh(), columns["network"])
        making.add("event", columns)


def _cheats(making: Making, size: float) -> None:
    rng, begun, groups = making.rng, len(making.kinds), len(making.columns)
    shares = rng.dirichlet(np.full(len(FRAUD), 5.0))
    for kind, share in zip(FRAUD, shares, strict=True):
        before = len(making.kinds)
        while len(making.kinds) - before < share * size:
            skill = float(np.clip(making.skill + rng.normal(0, 0.25), 0, 1))
            _GANGS[kind](making, skill)
    gangs = making.columns[groups:]
    for _ in range(round((len(making.kinds) - begun) * 0.02)):
        gang = gangs[int(rng.integers(len(gangs)))]
        member = making.member()
        member.number, member.trust = int(gang["referrer"][0]), float(gang["referrer_trust"][0])
        making.add("bystanders", making.people(member, making.times(1)))


def _self(making: Making, skill: float) -> None:
    """Bring oneself, and from there oneself again."""
    rng = making.rng
    member = making.member(cheats=True)
    home, length = (member.device, member.network), int(rng.integers(1, 8))
    when = NOW - rng.uniform(10, making.days) * DAY
    for _ in range(length):
        when += rng.exponential(0.2 + 3 * skill) * DAY
        columns = making.made_up(member, np.array([when]), faked=0.1 + 0.4 * skill, scripted=0.1)
        if rng.random() < 0.95 - 0.3 * skill:
            columns["device"][:] = home[0]
        if rng.random() < 0.95 - 0.4 * skill:
            columns["network"][:] = home[1]
        if rng.random() < 0.5:
            columns["aliased"][:] = True
            columns["mailbox"][:] = member.mailbox
        elif rng.random() < 0.2:
            columns["disposable"][:] = True
        making.add("self", columns)
        following = making.member(cheats=True)
        following.number, following.mailbox = int(columns["referee"][0]), int(columns["mailbox"][0])
        following.device, following.network = int(columns["device"][0]), int(columns["network"][0])
        following.trust = float(np.nan_to_num(columns["trust"][0]))
        member = following


def _farm(making: Making, skill: float) -> None:
    """Make accounts by the dozen on some phones."""
    rng, member, amount = making.rng, making.member(cheats=True), int(making.rng.integers(10, 80))
    begin = NOW - rng.uniform(3, making.days) * DAY
    when = begin + np.cumsum(rng.exponential(rng.uniform(0.02, 3) * HOUR, amount))
    columns = making.made_up(
        member, when, devices=1 + int(amount * rng.uniform(0.03, 0.15 + 0.3 * skill)), faked=0.3 * skill
    )
    homes = making.networks(1 + int(4 * skill))
    columns["network"] = np.where(making.some(0.9 - 0.5 * skill, amount), rng.choice(homes, amount), columns["network"])
    making.add("farm", columns)


def _ring(making: Making, skill: float) -> None:
    """Bring each other's other accounts, all round."""
    rng = making.rng
    people = [making.member(cheats=True) for _ in range(int(rng.integers(2, 7)))]
    for place, member in enumerate(people):
        other = people[(place + 1) % len(people)]
        amount = int(rng.integers(2, 5))
        columns = making.made_up(member, making.times(amount), faked=0.2 + 0.5 * skill, scripted=0.1)
        columns["device"] = np.where(making.some(0.95 - 0.25 * skill, amount), other.device, columns["device"])
        columns["network"] = np.where(making.some(0.8 - 0.4 * skill, amount), other.network, columns["network"])
        making.add("ring", columns)


def _star(making: Making, skill: float) -> None:
    """Bring accounts with throw-away mail, who never do anything."""
    rng, member, amount = making.rng, making.member(cheats=True), int(making.rng.integers(8, 60))
    when = NOW - rng.uniform(3, making.days) * DAY + np.cumsum(rng.exponential(rng.uniform(0.1, 12) * HOUR, amount))
    columns = making.made_up(member, when, devices=int(rng.integers(0, 2) * (1 + amount // 6)), faked=0.15 * skill)
    columns["disposable"] = making.some(0.9 - 0.4 * skill, amount)
    making.add("star", columns)


def _careful(making: Making, skill: float) -> None:
    """Make accounts that feign activity, from a drawer of phones and through proxies."""
    rng, member, amount = making.rng, making.member(cheats=True), int(making.rng.integers(5, 40))
    phones = max(2, int(amount * rng.uniform(0.3, 0.6 + 0.4 * skill)))
    columns = making.made_up(
        member, np.sort(making.times(amount)), devices=phones, faked=rng.uniform(0.6, 0.95), scripted=0.1 * (1 - skill)
    )
    if rng.random() < skill / 2:
        columns["device"] = making.many(amount)
    making.add("careful", columns)


def _proxied(making: Making, skill: float) -> None:
    """Run a script through proxies, with another feigned device each time."""
    rng, member, amount = making.rng, making.member(cheats=True), int(making.rng.integers(10, 80))
    when = NOW - rng.uniform(3, making.days) * DAY + np.cumsum(rng.exponential(rng.uniform(0.05, 6) * HOUR, amount))
    making.add("proxied", making.made_up(member, when, faked=0.1 + 0.3 * skill, scripted=0.9 - 0.6 * skill))


def _drip(making: Making, skill: float) -> None:
    """Make an account every day or two, for months."""
    rng, member, amount = making.rng, making.member(cheats=True), int(making.rng.integers(10, 60))
    gaps = rng.uniform(0.3, 2) * DAY * (1 + rng.uniform(-1, 1, amount) * (0.2 + 0.7 * skill))
    when = NOW - 5 * DAY - np.cumsum(np.maximum(gaps, 60))
    columns = making.made_up(member, when, faked=0.2 + 0.4 * skill, scripted=0.5 * (1 - skill))
    if rng.random() < 0.6:
        columns["device"] = rng.choice(making.many(max(2, amount // 3)), amount)
    making.add("drip", columns)


_GANGS = {
    "self": _self,
    "farm": _farm,
    "ring": _ring,
    "star": _star,
    "careful": _careful,
    "proxied": _proxied,
    "drip": _drip,
}
