"""What rules are called."""

from __future__ import annotations

from enum import Enum

import strawberry


def _value(name: str, description: str) -> str:
    return strawberry.enum_value(name, description=description)  # type: ignore[return-value] # as enums are declared


@strawberry.enum(description="Whether a rule is asked, and whether what it says is done.")
class RuleState(Enum):
    """Whether a rule is asked, and whether what it says is done."""

    OFF = _value("OFF", "It is not asked.")
    SHADOW = _value("SHADOW", "It is asked, and it is written down what it would do; nothing is done.")
    LIVE = _value("LIVE", "It is asked, and what it says is done.")


@strawberry.enum(description="What a rule does to what it catches, the mildest first.")
class RuleAction(Enum):
    """What a rule does to what it catches."""

    LABEL = _value("LABEL", "Show it with `label`.")
    REPORT = _value("REPORT", "Show it, and put it into the queue as if somebody had reported it.")
    LIMIT = _value("LIMIT", "Show it, and keep its author from what `limits` say, for some hours.")
    HOLD = _value("HOLD", "Show it to nobody but its author until a moderator has looked at it.")
    REFUSE = _value("REFUSE", "Do not take it, and say why.")


@strawberry.enum(description="Of what a rule is asked.")
class RuleKind(Enum):
    """Of what a rule is asked."""

    POST = _value("POST", "Posts, and ideas, which are posts.")
    COMMENT = _value("COMMENT", "Comments.")
    PROFILE = _value("PROFILE", "What members say of themselves. It can only be reported or refused.")
    AMENDMENT = _value("AMENDMENT", "Other wordings of ideas, and why they are declined. As profiles.")
    OPTION = _value("OPTION", "What members propose to be voted on. As profiles.")
    SPACE = _value("SPACE", "What spaces are called, and say of themselves. As profiles.")
    ANSWER = _value(
        "ANSWER",
        "What members answer to surveys in their own words. It can only be refused; nothing is kept of it, nor of whose it was.",
    )
