"""What a score stands on, in words that a member understands, in their language.

Facts come from one statement (`api.graph.explanation`); here they become sentences. Each sentence is a reason: what was
done, how much of it, and with whom. A dimension without any says what would make one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from graph.kinds import InteractionKind
from graph.tables import DIMENSIONS

MOST_NAMED = 3

_KINDS = {kind.value: kind.name for kind in InteractionKind}


@dataclass(frozen=True, slots=True)
class Reason:
    """One thing that a score stands on."""

    code: str
    amount: float
    text: str


Words = Mapping[str, str]

_EN: Words = {
    "summary": "You have more social capital than {percentile}% of the community.",
    "unscored": "You have not been scored yet. Scores are made anew every now and then.",
    "place": "You are number {position} of {members} by influence here.",
    "no_place": "You are not in this ranking: nothing you did, or that was done towards you, belongs to it.",
    "dimension": "More than {percentile}% of members.",
    "dimension_up": "More than {percentile}% of members, up {change} points since the last time.",
    "dimension_down": "More than {percentile}% of members, down {change} points since the last time.",
    "trust": "Members whom the brand's own people trust endorse you: more than {amount}% are trusted less.",
    "no_trust": "No path of endorsements leads from the brand's own people to you yet.",
    "received_FOLLOW": "{amount} members follow you.",
    "received_COMMENT": "Your posts have {amount} comments, by {members} members.",
    "received_REPLY": "{members} members have answered your comments, {amount} times.",
    "received_REACTION": "{members} members have reacted to what you wrote, {amount} times.",
    "received_MENTION": "{members} members have called on you by name, {amount} times.",
    "received_ACCEPTED_ANSWER": "{amount} of your answers were accepted.",
    "no_support": "Nobody has answered or reacted to you yet. Answer somebody: most answer back.",
    "tie": "You and {name} attend to each other.",
    "one_way": "You attend to {name}, who has not answered so far.",
    "admirer": "{name} attends to you.",
    "bridging": "You have contacts who know each other only through you: they count as {amount} separate ones.",
    "core": "You belong to a circle in which everybody is tied to {amount} others or more.",
    "no_ties": "You have no ties yet. They come from answering, reacting and following.",
    "given_POST": "You posted {amount} times.",
    "given_FOLLOW": "You follow {amount} members.",
    "given_COMMENT": "You commented {amount} times.",
    "given_REPLY": "You answered comments {amount} times.",
    "given_REACTION": "You reacted {amount} times.",
    "given_MENTION": "You called on members by name {amount} times.",
    "given_ACCEPTED_ANSWER": "You accepted {amount} answers.",
    "weeks": "You took part in {amount} of the last 26 weeks.",
    "no_participation": "You have not taken part yet.",
    "brand": "You joined in {amount} times where the brand itself had posted or answered.",
    "no_brand": "You have not joined in where the brand itself posted or answered.",
    "common": "Tied to {name}, to whom you are tied.",
    "common_more": "Tied to {name} and {more} more to whom you are tied.",
    "common_tribe": "{common} You take part in the same circle.",
    "joined": "{name}, to whom you are tied, is there.",
    "joined_more": "{name} and {more} more to whom you are tied are there.",
    "nobody_named": "Somebody",
    "fading": "The older something is, the less it counts, and much of the same counts less and less.",
}
_ZH: Words = {
    "summary": "你的社会资本高于社区中 {percentile}% 的成员。",
    "unscored": "你还没有评分。评分会定期更新。",
    "place": "按影响力，你在这里排第 {position} 位，共 {members} 人。",
    "no_place": "你不在这个排行中：没有属于它的互动。",
    "dimension": "高于 {percentile}% 的成员。",
    "dimension_up": "高于 {percentile}% 的成员，比上次上升 {change} 个百分点。",
    "dimension_down": "高于 {percentile}% 的成员，比上次下降 {change} 个百分点。",
    "trust": "品牌团队信任的成员认可你：{amount}% 的成员所得信任低于你。",
    "no_trust": "还没有一条认可的路径从品牌团队通向你。",
    "received_FOLLOW": "有 {amount} 位成员关注你。",
    "received_COMMENT": "你的帖子收到 {members} 位成员的 {amount} 条评论。",
    "received_REPLY": "{members} 位成员回复过你的评论，共 {amount} 次。",
    "received_REACTION": "{members} 位成员对你写的内容表过态，共 {amount} 次。",
    "received_MENTION": "{members} 位成员点名提到过你，共 {amount} 次。",
    "received_ACCEPTED_ANSWER": "你有 {amount} 个回答被采纳。",
    "no_support": "还没有人回复你或对你表态。先去回复别人吧，多数人会回应。",
    "tie": "你和 {name} 互相往来。",
    "one_way": "你关注着 {name}，对方还没有回应。",
    "admirer": "{name} 关注着你。",
    "bridging": "你的一些联系人只通过你相识：相当于 {amount} 个彼此独立的联系人。",
    "core": "你属于一个圈子，其中每个人都与至少 {amount} 人有联系。",
    "no_ties": "你还没有联系人。回复、表态和关注都会带来联系。",
    "given_POST": "你发过 {amount} 个帖子。",
    "given_FOLLOW": "你关注了 {amount} 位成员。",
    "given_COMMENT": "你评论过 {amount} 次。",
    "given_REPLY": "你回复过评论 {amount} 次。",
    "given_REACTION": "你表过态 {amount} 次。",
    "given_MENTION": "你点名提到别人 {amount} 次。",
    "given_ACCEPTED_ANSWER": "你采纳过 {amount} 个回答。",
    "weeks": "最近 26 周里，你有 {amount} 周参与了社区。",
    "no_participation": "你还没有参与。",
    "brand": "在品牌发帖或回答的地方，你参与了 {amount} 次。",
    "no_brand": "你还没有在品牌发帖或回答的地方参与。",
    "common": "与你的联系人 {name} 有往来。",
    "common_more": "与 {name} 等你的 {count} 位联系人有往来。",
    "common_tribe": "{common}你们在同一个圈子里。",
    "joined": "你的联系人 {name} 在这里。",
    "joined_more": "{name} 等你的 {count} 位联系人在这里。",
    "nobody_named": "某人",
    "fading": "越久远的互动计得越少，同样的互动越多，每一次计得越少。",
}
CATALOGUES: Mapping[str, Words] = {"en": _EN, "zh": _ZH}


def explain(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Return an explanation by Python names: a summary, and each dimension with its reasons.

    `facts` has `locale`; `capital`, the row of social_capital, or None; `run`, with `as_of`, `model` and `dimensions`, or
    None; `received` and `given`, each {kind: [amount, members]}; `brand`, a number; `weeks`, a number; `ties`, each with
    `name`, `given` and `received`; `place`, with `position` and `members`, or None.
    """
    words = CATALOGUES.get(facts["locale"], _EN)
    capital, run = facts["capital"], facts["run"]
    if capital is None or run is None:
        return {
            "summary": words["unscored"],
            "place": None,
            "as_of": None,
            "model": None,
            "dimensions": [],
            "note": words["fading"],
        }
    place = facts["place"]
    reasons = {
        "trust_and_support": _support(words, capital, facts["received"]),
        "strong_ties": _ties(words, capital, facts["ties"]),
        "participation": _participation(words, facts["given"], facts["weeks"]),
        "brand_support": _one(words, "brand", facts["brand"]),
    }
    return {
        "summary": words["summary"].format(percentile=_whole(capital["composite_percentile"])),
        "place": words["place"].format(**place) if place else words["no_place"],
        "as_of": datetime.fromisoformat(run["as_of"]).astimezone(UTC).isoformat().replace("+00:00", "Z"),
        "model": run["model"],
        "dimensions": [
            {
                "dimension": name.upper(),
                "percentile": capital[f"{name}_percentile"],
                "change": capital[f"{name}_change"],
                "weight": run["dimensions"].get(name, 0.0),
                "text": _standing(words, capital[f"{name}_percentile"], capital[f"{name}_change"]),
                "reasons": [
                    {"code": reason.code, "amount": reason.amount, "text": reason.text} for reason in reasons[name]
                ],
            }
            for name in DIMENSIONS
        ],
        "note": words["fading"],
    }


def _standing(words: Words, percentile: float, change: float | None) -> str:
    moved = 0 if change is None else round(change)
    key = "dimension" if not moved else "dimension_up" if moved > 0 else "dimension_down"
    return words[key].format(percentile=_whole(percentile), change=abs(moved))


def _support(words: Words, capital: Mapping[str, Any], received: Mapping[str, Sequence[int]]) -> list[Reason]:
    trusted = _whole(capital["trust_percentile"])
    reasons = [_reason(words, "trust" if trusted else "no_trust", trusted)]
    found = _counts(words, "received", received)
    return reasons + (found or [_reason(words, "no_support", 0)])


def _ties(words: Words, capital: Mapping[str, Any], ties: Sequence[Mapping[str, Any]]) -> list[Reason]:
    reasons = []
    for tie in ties[:MOST_NAMED]:
        code = "tie" if tie["given"] and tie["received"] else "one_way" if tie["given"] else "admirer"
        amount = round(tie["given"] + tie["received"], 2)
        reasons.append(Reason(code.upper(), amount, words[code].format(name=tie["name"])))
    if not reasons:
        return [_reason(words, "no_ties", 0)]
    separate = _whole(capital["bridging"])
    if separate > 1:
        reasons.append(_reason(words, "bridging", separate))
    if capital["core"] > 1:
        reasons.append(_reason(words, "core", capital["core"]))
    return reasons


def _participation(words: Words, given: Mapping[str, Sequence[int]], weeks: int) -> list[Reason]:
    reasons = _counts(words, "given", given)
    if not reasons:
        return [_reason(words, "no_participation", 0)]
    return [*reasons, _reason(words, "weeks", weeks)]


def _one(words: Words, code: str, amount: int) -> list[Reason]:
    return [_reason(words, code if amount else f"no_{code}", amount)]


def _counts(words: Words, way: str, counts: Mapping[str, Sequence[int]]) -> list[Reason]:
    """Return a reason for each kind, what was done most first."""
    named = sorted(
        (
            (amount, members, f"{way}_{_KINDS[int(kind)]}")
            for kind, (amount, members) in counts.items()
            if int(kind) in _KINDS
        ),
        reverse=True,
    )
    return [
        Reason(code.upper(), amount, words[code].format(amount=amount, members=members))
        for amount, members, code in named
        if amount and code in words
    ]


def _reason(words: Words, code: str, amount: float) -> Reason:
    return Reason(code.upper(), amount, words[code].format(amount=amount))


def _whole(number: float) -> int:
    """Round down: nobody is told that they are above more than they are."""
    return int(number)


def why_member(locale: str, name: str | None, common: int, same_tribe: bool) -> str:  # noqa: FBT001 - as the row has it
    """Return why somebody is suggested to a member: the contacts they have in common, and their tribe."""
    words = CATALOGUES.get(locale, _EN)
    text = _of_contacts(words, "common", name, common)
    return words["common_tribe"].format(common=text) if same_tribe else text


def why_space(locale: str, name: str | None, common: int) -> str:
    """Return why a space is suggested to a member: the contacts who are there."""
    return _of_contacts(CATALOGUES.get(locale, _EN), "joined", name, common)


def _of_contacts(words: Words, key: str, name: str | None, common: int) -> str:
    named = name or words["nobody_named"]
    if common == 1:
        return words[key].format(name=named)
    return words[f"{key}_more"].format(name=named, more=common - 1, count=common)
