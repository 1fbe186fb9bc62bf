"""The demonstration's members: what they are called, what they care about, and whom they follow."""

from dataclasses import dataclass

import numpy as np

from community.demonstration.crowd import Crowd, Flags, Integers, Numbers, by_weight, some
from community.demonstration.sizes import Size
from community.demonstration.topics import TOPICS

DAY = 86_400_000_000
YEARS_OF_HISTORY = 2

SPARE = 1.6
"""So many times as much is drawn as is wanted, since repetitions fall away."""

NAMED = (
    ("tea_admin", "Lin Shan 林山"),
    ("tea_moderator", "Mei Okafor 梅"),
    ("tea_member", "Anna Chen 陈安"),
)
"""Those who can sign in: an administrator, a moderator, and a member like any other."""

STAFF = (("studio_yun", "云工坊 Studio Yun"), ("tea_maker_he", "何师傅 Master He"), ("roaster_lu", "陆焙茶 Roaster Lu"))
"""They speak for the brand, besides the administrator."""

FOUNDERS = len(NAMED) + len(STAFF)

GIVEN_ENGLISH = (
    *("Ada", "Ben", "Clara", "Diego", "Elin", "Felix", "Grace", "Hugo", "Iris", "Jonas", "Kira", "Leo", "Maya", "Noah"),
    *("Olga", "Paul", "Quinn", "Rosa", "Samir", "Tara", "Ursula", "Victor", "Wanda", "Xenia", "Yara", "Zoe"),
)
FAMILY_ENGLISH = (
    *("Abbott", "Brandt", "Costa", "Dubois", "Eriksen", "Fischer", "Garcia", "Hughes", "Ivanova", "Jensen", "Kowalski"),
    *("Lindqvist", "Moreau", "Novak", "Okoye", "Patel", "Quist", "Rossi", "Silva", "Tanaka", "Usman", "Vogel", "Weber"),
)
FAMILY_CHINESE = (
    *(("陈", "chen"), ("林", "lin"), ("黄", "huang"), ("张", "zhang"), ("李", "li"), ("王", "wang"), ("吴", "wu")),
    *(("刘", "liu"), ("蔡", "cai"), ("杨", "yang"), ("许", "xu"), ("郑", "zheng"), ("谢", "xie"), ("郭", "guo")),
    *(("洪", "hong"), ("邱", "qiu"), ("曾", "zeng"), ("廖", "liao"), ("赖", "lai"), ("徐", "xu"), ("周", "zhou")),
)
GIVEN_CHINESE = (
    *(("雨", "yu"), ("明", "ming"), ("静", "jing"), ("文", "wen"), ("山", "shan"), ("云", "yun"), ("竹", "zhu")),
    *(("岚", "lan"), ("清", "qing"), ("月", "yue"), ("舟", "zhou"), ("禾", "he"), ("松", "song"), ("溪", "xi")),
    *(("青", "qing"), ("若", "ruo"), ("一", "yi"), ("子", "zi"), ("思", "si"), ("安", "an"), ("之", "zhi")),
)
CITIES = (
    "Hangzhou",
    "London",
    "成都",
    "Berlin",
    "上海",
    "Toronto",
    "厦门",
    "Lisbon",
    "潮州",
    "Melbourne",
    "广州",
    "Oslo",
)


@dataclass(frozen=True, slots=True)
class Follows:
    """Who follows whom, each pair once."""

    follower: Integers
    followed: Integers
    since: Integers


@dataclass(frozen=True, slots=True)
class People:
    """The members, in the order in which they joined."""

    joined: Integers
    topic: Integers
    chinese: Flags
    activity: Numbers
    official: Flags
    suspended: Flags
    panel: Integers
    """Who is let into the private room, in order."""
    follows: Follows
    given: Integers
    family: Integers


def make_people(size: Size, stream: np.random.Generator, end: int) -> People:
    """Draw the members. The first few are the named ones and the staff."""
    amount = size.members
    begin = end - round(YEARS_OF_HISTORY * 365.25) * DAY
    joined = np.sort(begin + ((end - begin) * stream.random(amount) ** 0.75).astype(np.int64))
    joined[:FOUNDERS] = begin + np.arange(FOUNDERS) * 1_000_000
    topic = by_weight(1.0 / np.arange(2, len(TOPICS) + 2) ** 0.6, stream.random(amount))
    # Each tribe speaks mostly one of the two languages.
    leaning = np.where(np.arange(len(TOPICS)) % 3 == 0, 0.2, 0.75)
    chinese = stream.random(amount) < leaning[topic]
    chinese[: len(NAMED)] = False
    activity = stream.pareto(1.15, amount) + 0.05
    activity = np.minimum(activity, np.sqrt(amount) * 4)
    activity[: len(NAMED)] = 12.0
    official = np.zeros(amount, dtype=np.bool_)
    official[[0, *range(len(NAMED), FOUNDERS)]] = True
    suspended = some(stream, 0.005, amount)
    suspended[:FOUNDERS] = False
    panel = some(stream, min(0.03, 400 / amount), amount)
    panel[:FOUNDERS] = True
    # The member like any other sees what any other sees.
    panel[2] = False
    popularity = activity * stream.lognormal(0.0, 0.7, amount)
    return People(
        joined=joined,
        topic=topic,
        chinese=chinese,
        activity=activity,
        official=official,
        suspended=suspended,
        panel=np.flatnonzero(panel),
        follows=_follows(size, stream, joined, topic, activity, popularity, end),
        given=stream.integers(0, 1 << 30, amount),
        family=stream.integers(0, 1 << 30, amount),
    )


def _follows(
    size: Size,
    stream: np.random.Generator,
    joined: Integers,
    topic: Integers,
    activity: Numbers,
    popularity: Numbers,
    end: int,
) -> Follows:
    """Draw follows: mostly within a tribe, mostly of the popular, and a fifth of them returned."""
    members = size.members
    amount = round(size.follows * SPARE)
    follower = by_weight(activity**0.5, stream.random(amount))
    within = some(stream, 0.75, amount)
    tribe = np.where(within, topic[follower], stream.integers(0, len(TOPICS), amount))
    crowd = Crowd(topic, popularity)
    followed = crowd.draw(tribe, np.full(amount, members), stream.random(amount))
    returned = some(stream, 0.2, amount)
    key = np.concatenate((follower * members + followed, followed[returned] * members + follower[returned]))
    key = np.unique(key)
    follower, followed = key // members, key % members
    others = follower != followed
    follower, followed = follower[others], followed[others]
    if len(follower) > size.follows:
        kept = np.sort(stream.permutation(len(follower))[: size.follows])
        follower, followed = follower[kept], followed[kept]
    both = np.maximum(joined[follower], joined[followed])
    since = both + ((end - both) * stream.random(len(both)) ** 2).astype(np.int64)
    return Follows(follower=follower, followed=followed, since=since)


def handle_of(people: People, member: int) -> str:
    """Return a member's handle: a name and a number, so that all differ."""
    if member < FOUNDERS:
        return (*NAMED, *STAFF)[member][0]
    if people.chinese[member]:
        family, given, other = _chinese_name(people, member)
        if people.given[member] >> 9 & 1:
            return f"{family[0]}{given[0]}{other[0]}{member}"
        return f"{family[1]}.{given[1]}{other[1]}{member}"
    given_name, family_name = _english_name(people, member)
    return f"{given_name}_{family_name}{member}".lower()


def name_of(people: People, member: int) -> str:
    """Return the name by which a member is shown."""
    if member < FOUNDERS:
        return (*NAMED, *STAFF)[member][1]
    if people.chinese[member]:
        family, given, other = _chinese_name(people, member)
        name = f"{family[0]}{given[0]}{other[0]}"
        if people.given[member] >> 9 & 1:
            return name
        return f"{name} {(given[1] + other[1]).capitalize()} {family[1].capitalize()}"
    return " ".join(_english_name(people, member))


def city_of(people: People, member: int) -> str | None:
    """Return where a member says they live; a third say nothing."""
    number = int(people.family[member]) >> 11
    return None if number % 3 == 0 else CITIES[number % len(CITIES)]


def _english_name(people: People, member: int) -> tuple[str, str]:
    given, family = int(people.given[member]), int(people.family[member])
    return GIVEN_ENGLISH[given % len(GIVEN_ENGLISH)], FAMILY_ENGLISH[family % len(FAMILY_ENGLISH)]


def _chinese_name(people: People, member: int) -> tuple[tuple[str, str], tuple[str, str], tuple[str, str]]:
    given, family = int(people.given[member]), int(people.family[member])
    return (
        FAMILY_CHINESE[family % len(FAMILY_CHINESE)],
        GIVEN_CHINESE[given % len(GIVEN_CHINESE)],
        GIVEN_CHINESE[given // 32 % len(GIVEN_CHINESE)],
    )
