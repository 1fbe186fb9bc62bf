"""The letters that members get, each in English and Chinese. The one catalogue of their texts."""

from community.foundation.mail import Message

Texts = dict[str, tuple[str, str]]
"""Subject and body by locale."""

_VERIFY: Texts = {
    "en": (
        "Confirm your address for {community}",
        (
            "Hello {handle},\n\n"
            "follow this link to confirm your address and join {community}:\n\n{link}\n\n"
            "It works once, for 24 hours. If you did not ask to join, do not follow it: nothing happens then.\n"
        ),
    ),
    "zh": (
        "确认您在{community}的邮箱",
        (
            "{handle}，您好：\n\n"
            "请点击以下链接确认邮箱，加入{community}：\n\n{link}\n\n"
            "链接 24 小时内有效，只能使用一次。如果您没有申请加入，请不要点击，什么都不会发生。\n"
        ),
    ),
}
_ALREADY_MEMBER: Texts = {
    "en": (
        "You have an account at {community} already",
        (
            "Hello {handle},\n\n"
            "someone, perhaps you, tried to join {community} with this address. It has an account already: "
            "sign in with it, or choose a new password here:\n\n{link}\n\n"
            "If it was not you, there is nothing to do.\n"
        ),
    ),
    "zh": (
        "您在{community}已有账号",
        (
            "{handle}，您好：\n\n"
            "有人（也许是您）想用这个邮箱加入{community}。这个邮箱已经有账号了，请直接登录，或者在这里重设密码：\n\n{link}\n\n"
            "如果不是您本人，无需任何操作。\n"
        ),
    ),
}
_RESET: Texts = {
    "en": (
        "A new password for {community}",
        (
            "Hello {handle},\n\n"
            "follow this link to choose a new password for {community}:\n\n{link}\n\n"
            "It works once, for one hour. If you did not ask for it, there is nothing to do: your password stays.\n"
        ),
    ),
    "zh": (
        "重设您在{community}的密码",
        (
            "{handle}，您好：\n\n"
            "请点击以下链接重设您在{community}的密码：\n\n{link}\n\n"
            "链接 1 小时内有效，只能使用一次。如果不是您本人申请的，无需任何操作，密码不会改变。\n"
        ),
    ),
}
_PASSWORD_CHANGED: Texts = {
    "en": (
        "Your password for {community} was changed",
        (
            "Hello {handle},\n\n"
            "your password for {community} was just changed, and your other devices were signed out.\n\n"
            "If it was not you, choose a new password at once:\n\n{link}\n"
        ),
    ),
    "zh": (
        "您在{community}的密码已修改",
        (
            "{handle}，您好：\n\n"
            "您在{community}的密码刚刚被修改，其他设备已退出登录。\n\n"
            "如果不是您本人操作，请立即重设密码：\n\n{link}\n"
        ),
    ),
}


def verify_address(recipient: str, locale: str, *, handle: str, community: str, link: str) -> Message:
    """Ask someone to confirm that the address is theirs."""
    return _write(_VERIFY, recipient, locale, handle=handle, community=community, link=link)


def already_member(recipient: str, locale: str, *, handle: str, community: str, link: str) -> Message:
    """Tell a member that someone tried to join with their address."""
    return _write(_ALREADY_MEMBER, recipient, locale, handle=handle, community=community, link=link)


def reset_password(recipient: str, locale: str, *, handle: str, community: str, link: str) -> Message:
    """Give a member the way to a new password."""
    return _write(_RESET, recipient, locale, handle=handle, community=community, link=link)


def password_changed(recipient: str, locale: str, *, handle: str, community: str, link: str) -> Message:
    """Tell a member that the password is another now."""
    return _write(_PASSWORD_CHANGED, recipient, locale, handle=handle, community=community, link=link)


def _write(texts: Texts, recipient: str, locale: str, **facts: str) -> Message:
    subject, body = texts.get(locale, texts["en"])
    # A subject is one line, whatever the community is called.
    return Message(recipient, " ".join(subject.format(**facts).split()), body.format(**facts))
