"""The statement of reasons: all that whom a decision concerns must be told, in words, in English and in Chinese.

What stands in it is what Article 17(3) of the Digital Services Act asks for, letter by letter: (a) what was done, where and for
how long; (b) the facts, and whether it follows a notice; (c) whether automated means were used to find it and to decide;
(d) the legal ground, or (e) the rule, and why it was against it; (f) what can be done about it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from moderation.decisions.actions import DECLINED, UPHELD
from moderation.decisions.grounds import LAW, OPEN_FOR


@dataclass(frozen=True, slots=True)
class Facts:
    """What a statement is made of."""

    verdict: str
    subject_kind: str
    measures: Sequence[tuple[str, date | None]]
    """Actions, and until when each holds; None: until it is undone."""
    reason: Mapping[str, str]
    """The reason's label by locale."""
    description: Mapping[str, str]
    """What falls under the reason, by locale."""
    basis: str
    law: str | None
    facts: str
    territorial_scope: Sequence[str]
    detection: str
    automated_detection: bool
    automated_decision: bool
    decided_on: date
    undone_on: date | None = None


_SUBJECTS: Final = {
    "en": {"post": "your post", "comment": "your comment", "member": "your account"},
    "zh": {"post": "您的帖子", "comment": "您的评论", "member": "您的账号"},
}
_ACTIONS: Final = {
    "en": {
        "APPROVE": "Nothing was restricted.",
        "IGNORE": "Nothing was restricted.",
        "EDIT": "It was edited: what it said is kept, and it says something else now.",
        "HIDE": "It was hidden.",
        "REMOVE": "It was removed.",
        "RESTORE": "It is shown again.",
        "LOCK": "It takes no more comments.",
        "MOVE": "It was moved to another space.",
        "LABEL": "Readers are told something before they read it.",
        "LIMIT": "There are things that you may not do for a while.",
        "SILENCE": "You may not do what others see.",
        "WARN": "You are warned.",
        "SUSPEND": "Your account is suspended: you cannot take part.",
        "BAN": "Your account is closed for good: you cannot take part.",
        "RESET_PROFILE": "Parts of your profile were emptied.",
    },
    "zh": {
        "APPROVE": "未作任何限制。",
        "IGNORE": "未作任何限制。",
        "EDIT": "内容已被编辑：原文已保留，现在显示的是修改后的内容。",
        "HIDE": "内容已被隐藏。",
        "REMOVE": "内容已被移除。",
        "RESTORE": "内容已恢复显示。",
        "LOCK": "不能再添加评论。",
        "MOVE": "已被移到其他版块。",
        "LABEL": "已加注标签，读者在阅读之前会看到提示。",
        "LIMIT": "您的部分功能在一段时间内受到限制。",
        "SILENCE": "您暂时不能进行他人可见的操作。",
        "WARN": "给予警告。",
        "SUSPEND": "您的账号已被暂停，暂时不能参与社区活动。",
        "BAN": "您的账号已被永久封禁，不能再参与社区活动。",
        "RESET_PROFILE": "个人资料的部分内容已被清空。",
    },
}
_DETECTION: Final = {
    "en": {
        "REPORT": "It was reported to us.",
        "OWN_INITIATIVE": "Our moderators came upon it themselves.",
        "AUTOMATED": "A program drew our attention to it.",
    },
    "zh": {
        "REPORT": "我们收到了举报。",
        "OWN_INITIATIVE": "由我们的管理员主动发现。",
        "AUTOMATED": "由程序自动发现。",
    },
}
_WORDS: Final = {
    "en": {
        "about": "This is about {subject}. We decided on it on {day}.",
        "until": " Until {day}.",
        "for_good": " Until it is undone.",
        "done": "What was done",
        "why": "Why",
        "law": "It was against the law: {law}. Reason: {reason}. {description}",
        "rules": "It was against the rules of this community. Reason: {reason}. {description}",
        "fine": "Nothing was found to be wrong with it.",
        "ignored": "It was left as it is.",
        "facts": "What was found: {facts}",
        "how": "How we came to it",
        "found_by_program": "Automated means were used to find it.",
        "found_by_people": "No automated means were used to find it.",
        "decided_by_program": "The decision was made by automated means: nobody has looked at it yet.",
        "decided_by_people": "The decision was made by a person.",
        "where": "Where it holds",
        "everywhere": "Everywhere.",
        "countries": "In these countries: {countries}.",
        "redress": "What you can do",
        "appeal": (
            "You can appeal against this decision until {day}, free of charge. Somebody else than who made it judges the "
            "appeal, and answers in writing. You can also turn to a certified body for the settlement of disputes out of "
            "court where the law of your country provides for one, and to a court at any time."
        ),
        "undone": "This decision was undone on {day}.",
    },
    "zh": {
        "about": "本说明涉及{subject}，我们于 {day} 作出决定。",
        "until": "有效期至 {day}。",
        "for_good": "在撤销之前一直有效。",
        "done": "采取的措施",
        "why": "理由",
        "law": "违反法律：{law}。原因：{reason}。{description}",
        "rules": "违反本社区规则。原因：{reason}。{description}",
        "fine": "未发现任何问题。",
        "ignored": "维持原状。",
        "facts": "查明的事实：{facts}",
        "how": "如何发现和决定",
        "found_by_program": "发现过程使用了自动化手段。",
        "found_by_people": "发现过程没有使用自动化手段。",
        "decided_by_program": "该决定由自动化手段作出，目前尚无人工审核。",
        "decided_by_people": "该决定由人工作出。",
        "where": "适用范围",
        "everywhere": "所有地区。",
        "countries": "以下国家或地区：{countries}。",
        "redress": "您可以采取的救济途径",
        "appeal": (
            "您可以在 {day} 之前免费申诉。申诉由原决定者以外的人审理，并以书面答复。在当地法律有规定的情况下，"
            "您还可以向经认证的庭外争议解决机构提出，也可以随时向法院起诉。"
        ),
        "undone": "该决定已于 {day} 撤销。",
    },
}


def statement(facts: Facts, locale: str) -> str:
    """Return the statement of reasons in a language; in English where there is none in it."""
    language = locale if locale in _WORDS else "en"
    words, actions = _WORDS[language], _ACTIONS[language]
    subject = _SUBJECTS[language].get(facts.subject_kind, _SUBJECTS[language]["member"])
    done = [actions[action] + _duration(action, until, words) for action, until in facts.measures]
    parts = [
        words["about"].format(subject=subject, day=facts.decided_on),
        *([words["undone"].format(day=facts.undone_on)] if facts.undone_on is not None else []),
        _section(words["done"], *done),
        _section(words["why"], _ground(facts, language), *_found(facts, words)),
        _section(
            words["how"],
            _DETECTION[language][facts.detection],
            words["found_by_program" if facts.automated_detection else "found_by_people"],
            words["decided_by_program" if facts.automated_decision else "decided_by_people"],
        ),
    ]
    if facts.verdict == UPHELD:
        scope = facts.territorial_scope
        where = words["countries"].format(countries=", ".join(scope)) if scope else words["everywhere"]
        parts.append(_section(words["where"], where))
        if facts.undone_on is None:
            parts.append(_section(words["redress"], redress(facts.decided_on, language)))
    return "\n\n".join(parts)


def redress(decided_on: date, locale: str) -> str:
    """Return what can be done about a decision, and until when."""
    language = locale if locale in _WORDS else "en"
    return _WORDS[language]["appeal"].format(day=decided_on + OPEN_FOR)


def facts_of(row: Mapping[str, Any]) -> Facts:
    """Return the facts of a decision as SQL gives them: moments as text, measures as objects with `action` and `until`."""
    return Facts(
        verdict=row["verdict"],
        subject_kind=row["subject_kind"],
        measures=[(measure["action"], _day(measure["until"])) for measure in row["measures"]],
        reason=row["reason"],
        description=row["description"],
        basis=row["basis"],
        law=row["law"],
        facts=row["facts"],
        territorial_scope=row["territorial_scope"],
        detection=row["detection"],
        automated_detection=row["automated_detection"],
        automated_decision=row["automated"],
        decided_on=_day(row["decided_at"]) or date.min,
        undone_on=_day(row["undone_at"]),
    )


def _day(moment: str | None) -> date | None:
    return None if moment is None else datetime.fromisoformat(moment).date()


def _section(title: str, *lines: str) -> str:
    return "\n".join([title, *(f"- {line}" for line in lines)])


def _duration(action: str, until: date | None, words: Mapping[str, str]) -> str:
    if until is not None:
        return words["until"].format(day=until)
    return words["for_good"] if action in {"HIDE", "REMOVE", "LOCK", "SUSPEND"} else ""


def _ground(facts: Facts, language: str) -> str:
    words = _WORDS[language]
    if facts.verdict != UPHELD:
        return words["fine" if facts.verdict == DECLINED else "ignored"]
    reason = facts.reason.get(language) or facts.reason.get("en", "")
    description = facts.description.get(language) or facts.description.get("en", "")
    if facts.basis == LAW:
        return words["law"].format(law=facts.law or reason, reason=reason, description=description)
    return words["rules"].format(reason=reason, description=description)


def _found(facts: Facts, words: Mapping[str, str]) -> list[str]:
    return [words["facts"].format(facts=facts.facts.replace("\n", " "))] if facts.facts else []
