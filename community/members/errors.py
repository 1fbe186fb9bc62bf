"""What the rules of membership refuse."""

from community.foundation.errors import Refusal


class HandleReserved(Refusal):
    """The handle {handle} is kept for the community itself."""

    code = "HANDLE_RESERVED"


class HandleTaken(Refusal):
    """The handle {handle} is taken, or looks like one that is."""

    code = "HANDLE_TAKEN"


class PasswordTooWeak(Refusal):
    """This password is too easy to guess: {reason}."""

    code = "PASSWORD_TOO_WEAK"


class CredentialsWrong(Refusal):
    """No account here has this name and this password. If you have just joined, follow the link in your mail first."""

    code = "CREDENTIALS_WRONG"


class PasswordWrong(Refusal):
    """This is not your present password."""

    code = "PASSWORD_WRONG"


class LinkExpired(Refusal):
    """This link was used already, or is too old. Ask for a new one."""

    code = "LINK_EXPIRED"


class SessionOver(Refusal):
    """This session has ended. Sign in again."""

    code = "SESSION_OVER"


class AccountSuspended(Refusal):
    """This account is suspended{until}: {reason}"""  # noqa: D415 - the reason ends the sentence

    code = "ACCOUNT_SUSPENDED"


class AccountMerged(Refusal):
    """This account is closed: another account of yours stands for both. Sign in there."""

    code = "ACCOUNT_MERGED"


class MergeNotPossible(Refusal):
    """These accounts cannot become one: {why}"""  # noqa: D415 - the reason ends the sentence

    code = "MERGE_NOT_POSSIBLE"


class MemberLimited(Refusal):
    """You may not {action} until {until:%Y-%m-%d %H:%M:%S} UTC."""

    code = "MEMBER_LIMITED"


class PaceExceeded(Refusal):
    """Members of your level write {allowed} posts and comments an hour: the next from {until:%H:%M:%S} UTC on."""

    code = "PACE_EXCEEDED"


class LevelTooLow(Refusal):
    """Members of your level may put {allowed} {what} into a post or comment{more}."""

    code = "LEVEL_TOO_LOW"


class NotOneself(Refusal):
    """You cannot {action} yourself."""

    code = "NOT_ONESELF"


class LastAdministrator(Refusal):
    """This is the community's last administrator. Make someone else an administrator first."""

    code = "LAST_ADMINISTRATOR"


class ProviderUnknown(Refusal):
    """No sign-in provider here is called {provider}."""

    code = "PROVIDER_UNKNOWN"


class ProviderFailed(Refusal):
    """{provider} did not confirm who you are: {reason}."""

    code = "PROVIDER_FAILED"


class EmailTaken(Refusal):
    """An account here has this address already. Sign in to it with its password."""

    code = "EMAIL_TAKEN"
