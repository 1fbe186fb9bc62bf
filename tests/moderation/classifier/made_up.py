"""Texts that are made up: harmless words of which some stand for what is looked for, in Chinese and English."""

from __future__ import annotations

from random import Random

from moderation.classifier.training import Example

# What is looked for is a sales pitch. Words of both kinds are shared, so that one word alone does not settle it.
PITCH = [
    "加微信",
    "免费领取",
    "点击链接",
    "限时优惠",
    "代购",
    "click",
    "here",
    "free",
    "followers",
    "earn",
    "cash",
    "subscribe",
    "channel",
]
TALK = [
    "这款茶",
    "香气",
    "喜欢",
    "昨天",
    "泡了",
    "杯子",
    "this",
    "tea",
    "smells",
    "lovely",
    "yesterday",
    "brewed",
    "kettle",
    "friends",
]
BOTH = ["大家", "今天", "我", "的", "the", "and", "my", "with", "真的", "very"]


def make_examples(count: int, seed: int = 0, wrong: float = 0.0) -> list[Example]:
    """Make texts, half of them pitches; `wrong` of the labels say the contrary."""
    random = Random(seed)
    found = []
    for number in range(count):
        pitch = number % 2 == 0
        own, others = (PITCH, TALK) if pitch else (TALK, PITCH)
        words = [random.choice(own if random.random() < 0.85 else others) for _ in range(4)]
        words += random.choices(BOTH, k=4)
        random.shuffle(words)
        found.append(Example(" ".join(words), pitch != (random.random() < wrong)))
    return found
