"""What the pages of notices and appeals say, in English and Chinese."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

WORDS: Final[Mapping[str, Mapping[str, str]]] = {
    "en": {
        "language": "中文",
        "other": "zh",
        "report": "Report content",
        "intro": (
            "Anybody can tell {community} of content that is illegal or against the rules. Tell us where it is and what is "
            "wrong with it. We send you a letter with a link; your report counts once you follow it."
        ),
        "url": "Address of the content",
        "url_hint": "Copy it from your browser's address bar.",
        "reason": "What is wrong",
        "choose": "Choose",
        "body": "Why do you think so",
        "body_hint": "If it is against the law, say which.",
        "name": "Your name",
        "email": "Your e-mail address",
        "anonymous": "Not needed where minors are harmed.",
        "good_faith": "I believe in good faith that what I say here is accurate and complete.",
        "send": "Send",
        "sent": "We have sent you a letter",
        "sent_more": "Follow the link in it within three days: your report counts from then on.",
        "counts": "We have your report",
        "counts_more": "A moderator looks at it. You are told by mail what was decided and what you can do about it.",
        "counts_anonymous": "A moderator looks at it at once.",
        "confirm": "Confirm your report",
        "confirm_more": "Your report counts once you press this.",
        "confirm_send": "Confirm",
        "appeal": "Appeal against a decision",
        "appeal_intro": (
            "Somebody else than who made the decision looks at it again, free of charge, and answers you by mail."
        ),
        "appeal_body": "Why the decision is wrong",
        "appealed": "We have your appeal",
        "appealed_more": "You are answered by mail.",
        "wrong": "This could not be done",
        "back": "Write another report",
    },
    "zh": {
        "language": "English",
        "other": "en",
        "report": "举报内容",
        "intro": (
            "任何人都可以向{community}举报违法或违规内容。请告诉我们内容的位置和存在的问题。"
            "我们会给您发送一封带有链接的邮件，点击链接后举报即生效。"
        ),
        "url": "内容的网址",
        "url_hint": "请从浏览器地址栏复制。",
        "reason": "举报原因",
        "choose": "请选择",
        "body": "理由",
        "body_hint": "如果违反法律，请说明是哪一部法律。",
        "name": "您的姓名",
        "email": "您的邮箱",
        "anonymous": "举报危害未成年人的内容无需填写。",
        "good_faith": "本人确信所述内容真实、准确、完整。",
        "send": "提交",
        "sent": "我们已给您发送邮件",
        "sent_more": "请在三天内点击邮件中的链接，举报即生效。",
        "counts": "我们已收到您的举报",
        "counts_more": "管理员会进行审核，处理结果和您可以采取的救济途径将通过邮件告知您。",
        "counts_anonymous": "管理员会立即审核。",
        "confirm": "确认您的举报",
        "confirm_more": "点击下面的按钮后，举报即生效。",
        "confirm_send": "确认",
        "appeal": "对决定提出申诉",
        "appeal_intro": "申诉由原决定者以外的人免费审理，并通过邮件答复您。",
        "appeal_body": "您认为决定有误的理由",
        "appealed": "我们已收到您的申诉",
        "appealed_more": "我们会通过邮件答复您。",
        "wrong": "无法完成操作",
        "back": "提交新的举报",
    },
}
REFUSALS_IN_CHINESE: Final[Mapping[str, str]] = {
    "GOOD_FAITH_MISSING": "请确认您所述内容真实、准确、完整。",
    "INVALID": "请检查所填写的内容。",
    "NOT_FOUND": "在这个网址没有找到可以举报的内容。",
    "REPORT_REASON_UNKNOWN": "请选择举报原因。",
    "RATE_LIMITED": "操作过于频繁，请稍后再试。",
    "LINK_EXPIRED": "链接已使用或已过期。",
    "APPEAL_LINK_INVALID": "链接无效或已过期。",
    "APPEALED_ALREADY": "您已对该决定提出过申诉。",
    "APPEAL_TOO_LATE": "申诉期限已过。",
    "NOTHING_TO_APPEAL": "该决定无需申诉。",
}
"""By the refusals' codes. In English a refusal says its own sentence."""


def language_asked(accepts: str, asked: str = "") -> str:
    """Return `zh` or `en`: as the page was asked for, or else what `Accept-Language` likes best of the two."""
    if asked in WORDS:
        return asked
    best, weight = "en", 0.0
    for part in accepts[:1_000].split(","):
        name, _, quality = part.strip().partition(";")
        language = name.split("-")[0].strip().lower()
        try:
            liked = float(quality.strip().removeprefix("q=")) if quality else 1.0
        except ValueError:
            liked = 0.0
        if language in WORDS and liked > weight:
            best, weight = language, liked
    return best


def refusal_in_words(code: str, message: str, language: str) -> str:
    """Return what is said of a refusal."""
    return REFUSALS_IN_CHINESE.get(code, WORDS["zh"]["wrong"]) if language == "zh" else message
