"""What rules refuse, and what the writing of rules does."""

from community.foundation.errors import Refusal


class RefusedByRule(Refusal):
    """{message}"""  # noqa: D415 - what the rule's author has written

    code = "REFUSED_BY_RULE"


class RuleChanged(Refusal):
    """Somebody else has changed this rule: it is at version {version} now. Look at it again."""

    code = "RULE_CHANGED"


class RuleOnlyInShadow(Refusal):
    """This version does not say from what {action} keeps whom, and for how long: it can only run in shadow. Write another."""

    code = "RULE_ONLY_IN_SHADOW"


class TooManyRules(Refusal):
    """There are {most} rules already that are on; switch one off first."""

    code = "TOO_MANY_RULES"
