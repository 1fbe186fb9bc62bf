"""Who may do what in moderation, to what: the whole matrix, as a table to read.

yes: it is done. unseen: NOT_FOUND, in the words of what is not there. no: NOT_PERMITTED.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from community.members.principals import Scope
from community.members.roles import Role

ROLES: Final[Mapping[str, tuple[Role, ...]]] = {
    "member": (),
    "of_a": (),
    "of_b": (),
    "moderator": (Role.MODERATOR,),
    "admin": (Role.ADMIN,),
    "marketer": (Role.MARKETER,),
    "auditor": (Role.AUDITOR,),
    "writing": (Role.MODERATOR,),
    "moderating": (Role.MODERATOR,),
    "administering": (Role.ADMIN,),
}
"""`of_a` and `of_b` moderate one space; the last three are tokens of such members."""
TOKENS: Final[Mapping[str, Sequence[Scope]]] = {
    "writing": (Scope.READ, Scope.WRITE),
    "moderating": (Scope.READ, Scope.MODERATE),
    "administering": (Scope.READ, Scope.MODERATE, Scope.ADMIN),
}

# a, b: a case about a post in the one space or the other; wide: about a member, so of no space; own: about who acts, in a.
CASES = """
who            a       b       wide    own
member         unseen  unseen  unseen  unseen
of_a           yes     unseen  unseen  unseen
of_b           unseen  yes     unseen  unseen
moderator      yes     yes     yes     unseen
admin          yes     yes     yes     unseen
marketer       unseen  unseen  unseen  unseen
auditor        unseen  unseen  unseen  unseen
writing        no      no      no      no
moderating     yes     yes     yes     unseen
administering  yes     yes     yes     unseen
"""
# To keep somebody from taking part is not for who moderates one space.
SUSPENDING = """
who            a       b       wide    own
member         unseen  unseen  unseen  unseen
of_a           no      unseen  unseen  unseen
of_b           unseen  no      unseen  unseen
moderator      yes     yes     yes     unseen
admin          yes     yes     yes     unseen
marketer       unseen  unseen  unseen  unseen
auditor        unseen  unseen  unseen  unseen
writing        no      no      no      no
moderating     yes     yes     yes     unseen
administering  yes     yes     yes     unseen
"""
# What a referral earned is decided on by who may do so by reviewReferral, too. That it waits, moderators see: they may leave it.
REFERRALS = """
who            APPROVE  REMOVE  IGNORE  undo
member         unseen   unseen  unseen  unseen
of_a           unseen   unseen  unseen  unseen
of_b           unseen   unseen  unseen  unseen
moderator      no       no      yes     no
admin          yes      yes     yes     yes
marketer       unseen   unseen  unseen  unseen
auditor        unseen   unseen  unseen  unseen
writing        no       no      no      no
moderating     no       no      yes     no
administering  yes      yes     yes     yes
"""
# What is no case's.
COMMUNITY = """
who            createSavedReply  createTeam  proposeIdentityMerge  saveReportReason  updateStrikePolicies  updateLevelPolicy
member         no                no          no                    no                no                    no
of_a           no                no          no                    no                no                    no
of_b           no                no          no                    no                no                    no
moderator      yes               no          yes                   no                no                    no
admin          yes               yes         yes                   yes               yes                   yes
marketer       no                no          no                    no                no                    no
auditor        no                no          no                    no                no                    no
writing        no                no          no                    no                no                    no
moderating     yes               no          yes                   no                no                    no
administering  yes               yes         yes                   yes               yes                   yes
"""
# A rule for all, or for a space: to write one ...
WRITING_RULES = """
who            everywhere  a       b
member         no          unseen  unseen
of_a           no          yes     unseen
of_b           no          unseen  yes
moderator      yes         yes     yes
admin          yes         yes     yes
marketer       no          unseen  unseen
auditor        no          unseen  unseen
writing        no          no      no
moderating     yes         yes     yes
administering  yes         yes     yes
"""
# ... and to switch or try one, which others do not know of.
KEEPING_RULES = """
who            everywhere  a       b
member         unseen      unseen  unseen
of_a           unseen      yes     unseen
of_b           unseen      unseen  yes
moderator      yes         yes     yes
admin          yes         yes     yes
marketer       unseen      unseen  unseen
auditor        unseen      unseen  unseen
writing        no          no      no
moderating     yes         yes     yes
administering  yes         yes     yes
"""
ACTIONS: Final[Mapping[str, str]] = {
    "claimCase": CASES,
    "releaseCase": CASES,
    "noteCase": CASES,
    "assignCase": CASES,
    "previewDecision": CASES,
    "decide": CASES,
    "decide SUSPEND": SUSPENDING,
    "decide BAN": SUSPENDING,
    "decideMany": CASES,
    "undoDecision": CASES,
    "undoDecision SUSPEND": SUSPENDING,
    "decideAppeal": CASES,
}
RULES: Final[Mapping[str, str]] = {
    "saveRule": WRITING_RULES,
    "setRuleState": KEEPING_RULES,
    "testRule": KEEPING_RULES,
}
CODES: Final = {"yes": None, "unseen": "NOT_FOUND", "no": "NOT_PERMITTED"}


def table(text: str) -> dict[str, dict[str, str | None]]:
    """Return a table as codes, by row and column."""
    head, *lines = (line.split() for line in text.strip().splitlines())
    return {line[0]: {name: CODES[verdict] for name, verdict in zip(head[1:], line[1:], strict=True)} for line in lines}
