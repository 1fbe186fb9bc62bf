"""What letters of moderation say, each in English and Chinese. The one catalogue of their texts."""

from community.foundation.mail import Message

Texts = dict[str, tuple[str, str]]
"""Subject and body by locale."""

_CONFIRM_NOTICE: Texts = {
    "en": (
        "Confirm your report to {community}",
        (
            "Hello {name},\n\n"
            "follow this link to confirm your report to {community}; it counts from then on:\n\n{link}\n\n"
            "The link works once, for three days. If you reported nothing, do not follow it: nothing happens then.\n"
        ),
    ),
    "zh": (
        "请确认您向{community}提交的举报",
        (
            "{name}，您好：\n\n"
            "请点击以下链接确认您向{community}提交的举报，确认后举报才会生效：\n\n{link}\n\n"
            "链接三天内有效，只能使用一次。如果您没有提交举报，请不要点击，什么都不会发生。\n"
        ),
    ),
}
_NOTICE_RECEIVED: Texts = {
    "en": (
        "{community} has your report {report}",
        (
            "Hello {name},\n\n"
            "{community} has received your report, number {report}, for this reason: {reason}. A moderator looks at it, and "
            "you are told by mail what was decided and what you can do about it.\n\n"
            "Your name and address are kept apart from the report, are shown to nobody whom it is about, and are erased when "
            "nobody can appeal against the decision any more.\n"
        ),
    ),
    "zh": (
        "{community}已收到您的举报 {report}",
        (
            "{name}，您好：\n\n"
            "{community}已收到您的举报（编号 {report}，原因：{reason}）。管理员会进行审核，处理结果和您可以采取的救济途径"
            "将通过邮件告知您。\n\n"
            "您的姓名和邮箱与举报内容分开保存，不会告知被举报人，并在申诉期满后删除。\n"
        ),
    ),
}
_NOTICE_ANSWERED: Texts = {
    "en": (
        "What {community} decided on your report {report}",
        "Hello {name},\n\n{outcome}\n\n{automation}\n\n{redress}\n",
    ),
    "zh": ("{community}对您的举报 {report} 的处理结果", "{name}，您好：\n\n{outcome}\n\n{automation}\n\n{redress}\n"),
}
OUTCOMES = {
    "en": {
        "UPHELD": "We looked at what you reported (number {report}). You were right, and something was done about it.",
        "DECLINED": "We looked at what you reported (number {report}), and found nothing wrong with it.",
        "IGNORED": "We looked at what you reported (number {report}), and left it as it is.",
    },
    "zh": {
        "UPHELD": "我们审核了您举报的内容（编号 {report}）。举报属实，已作出处理。",
        "DECLINED": "我们审核了您举报的内容（编号 {report}），未发现问题。",
        "IGNORED": "我们审核了您举报的内容（编号 {report}），决定维持原状。",
    },
}
AUTOMATION = {
    "en": {True: "The decision was made by automated means.", False: "The decision was made by a person."},
    "zh": {True: "该决定由自动化手段作出。", False: "该决定由人工作出。"},
}
APPEAL_HERE = {"en": "To appeal, follow this link:\n\n{link}", "zh": "如需申诉，请点击以下链接：\n\n{link}"}
_DECIDED: Texts = {
    "en": (
        "A decision of {community} about you",
        (
            "Hello {handle},\n\n"
            "{statement}\n\n"
            "To appeal, follow this link; you need not sign in:\n\n{link}\n\n"
            "It is for you alone, and works once, until the appeal is closed to you.\n"
        ),
    ),
    "zh": (
        "{community}作出了与您有关的决定",
        (
            "{handle}，您好：\n\n"
            "{statement}\n\n"
            "如需申诉，请点击以下链接，无需登录：\n\n{link}\n\n"
            "该链接仅供您本人使用，在申诉期内可使用一次。\n"
        ),
    ),
}
_APPEAL_RECEIVED: Texts = {
    "en": (
        "{community} has your appeal {appeal}",
        (
            "Hello {name},\n\n"
            "{community} has received your appeal, number {appeal}, against decision {decision}. Somebody else than who made "
            "the decision judges it, and you are answered in writing. This is what you wrote:\n\n{body}\n"
        ),
    ),
    "zh": (
        "{community}已收到您的申诉 {appeal}",
        (
            "{name}，您好：\n\n"
            "{community}已收到您对决定 {decision} 提出的申诉（编号 {appeal}）。申诉由原决定者以外的人审理，并以书面答复。"
            "您的申诉内容如下：\n\n{body}\n"
        ),
    ),
}
_APPEAL_ANSWERED: Texts = {
    "en": (
        "The answer to your appeal {appeal} to {community}",
        (
            "Hello {name},\n\n{outcome}\n\n{answer}\n\n"
            "You wrote:\n\n{body}\n\n"
            "You can turn to a certified body for the settlement of disputes out of court where the law of your country "
            "provides for one, and to a court at any time.\n"
        ),
    ),
    "zh": (
        "{community}对您的申诉 {appeal} 的答复",
        (
            "{name}，您好：\n\n{outcome}\n\n{answer}\n\n"
            "您的申诉内容：\n\n{body}\n\n"
            "在当地法律有规定的情况下，您还可以向经认证的庭外争议解决机构提出，也可以随时向法院起诉。\n"
        ),
    ),
}
APPEAL_OUTCOMES = {
    "en": {
        True: "Your appeal is granted: the decision is undone.",
        False: "Your appeal is denied: the decision stands.",
    },
    "zh": {True: "申诉成立，原决定已撤销。", False: "申诉不成立，维持原决定。"},
}


def confirm_notice(recipient: str, locale: str, *, name: str, community: str, link: str) -> Message:
    """Ask a guest to confirm that they reported something."""
    return _write(_CONFIRM_NOTICE, recipient, locale, name=name, community=community, link=link)


def notice_received(recipient: str, locale: str, *, name: str, community: str, report: str, reason: str) -> Message:
    """Tell a guest that their report counts (Article 16(4))."""
    return _write(_NOTICE_RECEIVED, recipient, locale, name=name, community=community, report=report, reason=reason)


def notice_answered(
    recipient: str,
    locale: str,
    *,
    name: str,
    community: str,
    report: str,
    verdict: str,
    automated: bool,
    redress: str,
) -> Message:
    """Tell a guest what came of their report, and what they can do about it (Article 16(5) and (6))."""
    language = locale if locale in OUTCOMES else "en"
    return _write(
        _NOTICE_ANSWERED,
        recipient,
        locale,
        name=name,
        community=community,
        report=report,
        outcome=OUTCOMES[language][verdict].format(report=report),
        automation=AUTOMATION[language][automated],
        redress=redress,
    )


def decided(recipient: str, locale: str, *, handle: str, community: str, statement: str, link: str) -> Message:
    """Give a member the statement of reasons of a decision about them, and the way to appeal (Article 17)."""
    return _write(_DECIDED, recipient, locale, handle=handle, community=community, statement=statement, link=link)


def appeal_received(
    recipient: str, locale: str, *, name: str, community: str, appeal: str, decision: str, body: str
) -> Message:
    """Tell who appeals that it was received."""
    return _write(
        _APPEAL_RECEIVED,
        recipient,
        locale,
        name=name,
        community=community,
        appeal=appeal,
        decision=decision,
        body=body,
    )


def appeal_answered(
    recipient: str, locale: str, *, name: str, community: str, appeal: str, granted: bool, answer: str, body: str
) -> Message:
    """Answer who appealed (Article 20(5))."""
    language = locale if locale in APPEAL_OUTCOMES else "en"
    outcome = APPEAL_OUTCOMES[language][granted]
    return _write(
        _APPEAL_ANSWERED,
        recipient,
        locale,
        name=name,
        community=community,
        appeal=appeal,
        outcome=outcome,
        answer=answer,
        body=body,
    )


def _write(texts: Texts, recipient: str, locale: str, **facts: str) -> Message:
    subject, body = texts.get(locale, texts["en"])
    # A subject is one line, whatever the community is called.
    return Message(recipient, " ".join(subject.format(**facts).split()), body.format(**facts))
