"""The sentences of explanations, by language. Both languages say the same things; a test holds them to it.

What stands in braces is put in by `graph.explaining`: numbers as `amount`, and as phrases that fit the language: `times`
("once", "17 times"), `people` ("1 member", "14 members"), `share` ("97% of the community", "everybody else").
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

ALL = 100


@dataclass(frozen=True, slots=True)
class Language:
    """A language's sentences, and its phrases for numbers."""

    sentences: Mapping[str, str]
    times: Callable[[int], str]
    people: Callable[[int], str]
    share: Callable[[int], str]


def _times(amount: int) -> str:
    return {1: "once", 2: "twice"}.get(amount, f"{amount} times")


ENGLISH = Language(
    {
        "summary": "You have more social capital than {share}.",
        "unscored": "You have not been scored yet. Scores are made anew every now and then.",
        "place": "You are number {position} of {members} by influence here.",
        "no_place": "You are not in this ranking: nothing you did, or that was done towards you, belongs to it.",
        "dimension": "More than {share}.",
        "dimension_up": "More than {share}, up {change} points since the last time.",
        "dimension_down": "More than {share}, down {change} points since the last time.",
        "trust": "Those who are trusted speak well of you, better than of {share}.",
        "no_trust": "Nobody who is trusted has answered or endorsed you yet.",
        "received_FOLLOW": "You are followed by {people}.",
        "received_COMMENT": "You were answered under your posts by {people}, {times}.",
        "received_REPLY": "Your comments were answered by {people}, {times}.",
        "received_REACTION": "What you wrote was reacted to by {people}, {times}.",
        "received_MENTION": "You were called on by name by {people}, {times}.",
        "received_ACCEPTED_ANSWER": "An answer of yours was accepted {times}.",
        "received_IDEA_VOTE": "Your ideas were voted for by {people}, {times}.",
        "no_support": "Nobody has answered or reacted to you yet. Answer somebody: most answer back.",
        "tie": "You and {name} attend to each other.",
        "one_way": "You attend to {name}, who has not answered so far.",
        "admirer": "{name} attends to you.",
        "bridging": "Some of your contacts know each other only through you: they count as {amount} separate ones.",
        "core": "You belong to a circle in which everybody is tied to {people} or more.",
        "no_ties": "You have no ties yet. They come from answering, reacting and following.",
        "given_POST": "You posted {times}.",
        "given_FOLLOW": "You follow {people}.",
        "given_COMMENT": "You commented {times}.",
        "given_REPLY": "You answered a comment {times}.",
        "given_REACTION": "You reacted {times}.",
        "given_MENTION": "You called on somebody by name {times}.",
        "given_ACCEPTED_ANSWER": "You accepted an answer {times}.",
        "given_IDEA_VOTE": "You voted for an idea {times}.",
        "given_IDEA_CREDIT": "An idea that you had a share in came true {times}.",
        "weeks": "Of the last 26 weeks, you took part in {amount}.",
        "no_participation": "You have not taken part yet.",
        "brand": "You joined in {times} where the brand itself had posted or answered.",
        "no_brand": "You have not joined in where the brand itself posted or answered.",
        "common": "Tied to {name}, to whom you are tied.",
        "common_more": "Tied to {name} and {more} more to whom you are tied.",
        "common_tribe": "{common} You take part in the same circle.",
        "joined": "{name}, to whom you are tied, is there.",
        "joined_more": "{name} and {more} more to whom you are tied are there.",
        "nobody_named": "Somebody",
        "fading": "The older something is, the less it counts, and much of the same counts less and less.",
    },
    times=_times,
    people=lambda amount: "1 member" if amount == 1 else f"{amount} members",
    share=lambda percent: "everybody else" if percent >= ALL else f"{percent}% of the community",
)
CHINESE = Language(
    {
        "summary": "你的社会资本高于{share}。",
        "unscored": "你还没有评分。评分会定期更新。",
        "place": "按影响力，你在这里排第 {position} 位，共 {members} 人。",
        "no_place": "你不在这个排行中：没有属于它的互动。",
        "dimension": "高于{share}。",
        "dimension_up": "高于{share}，比上次上升 {change} 个百分点。",
        "dimension_down": "高于{share}，比上次下降 {change} 个百分点。",
        "trust": "受信任的成员认可你，胜过认可{share}。",
        "no_trust": "还没有受信任的成员回应或认可过你。",
        "received_FOLLOW": "有 {people}关注你。",
        "received_COMMENT": "{people}在你的帖子下回应过你，共 {times}。",
        "received_REPLY": "{people}回复过你的评论，共 {times}。",
        "received_REACTION": "{people}对你写的内容表过态，共 {times}。",
        "received_MENTION": "{people}点名提到过你，共 {times}。",
        "received_ACCEPTED_ANSWER": "你的回答被采纳过 {times}。",
        "received_IDEA_VOTE": "{people}为你的点子投过票，共 {times}。",
        "no_support": "还没有人回复你或对你表态。先去回复别人吧，多数人会回应。",
        "tie": "你和 {name} 互相往来。",
        "one_way": "你关注着 {name}，对方还没有回应。",
        "admirer": "{name} 关注着你。",
        "bridging": "你的一些联系人只通过你相识：相当于 {amount} 个彼此独立的联系人。",
        "core": "你属于一个圈子，其中每个人都至少与 {people}有联系。",
        "no_ties": "你还没有联系人。回复、表态和关注都会带来联系。",
        "given_POST": "你发过 {times}帖子。",
        "given_FOLLOW": "你关注了 {people}。",
        "given_COMMENT": "你评论过 {times}。",
        "given_REPLY": "你回复过评论 {times}。",
        "given_REACTION": "你表过态 {times}。",
        "given_MENTION": "你点名提到过别人 {times}。",
        "given_ACCEPTED_ANSWER": "你采纳过回答 {times}。",
        "given_IDEA_VOTE": "你为点子投过票 {times}。",
        "given_IDEA_CREDIT": "你参与的点子实现过 {times}。",
        "weeks": "最近 26 周里，你有 {amount} 周参与了社区。",
        "no_participation": "你还没有参与。",
        "brand": "在品牌发帖或回答的地方，你参与过 {times}。",
        "no_brand": "你还没有在品牌发帖或回答的地方参与。",
        "common": "与你的联系人 {name} 有往来。",
        "common_more": "与 {name} 等你的 {count} 位联系人有往来。",
        "common_tribe": "{common}你们在同一个圈子里。",
        "joined": "你的联系人 {name} 在这里。",
        "joined_more": "{name} 等你的 {count} 位联系人在这里。",
        "nobody_named": "某人",
        "fading": "越久远的互动计得越少，同样的互动越多，每一次计得越少。",
    },
    times=lambda amount: f"{amount} 次",
    people=lambda amount: f"{amount} 位成员",
    share=lambda percent: "其他所有成员" if percent >= ALL else f"社区中 {percent}% 的成员",
)
LANGUAGES: Mapping[str, Language] = {"en": ENGLISH, "zh": CHINESE}
