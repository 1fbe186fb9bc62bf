"""A community in which rules, members and moderators keep things from others in every way there is, but by deciding on a case.

Each thing has a word of its own. What was there before is read by everybody until it is kept from them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from community.discussions.spaces import join_space, update_space
from community.members.profiles import update_profile
from community.members.roles import Role
from moderation.rules.evaluating import Action
from tests.api.canaries.judged import AUTHORS, EVERYBODY, JUDGES, OF_PRIVATE
from tests.api.canaries.walking import Community
from tests.api.canaries.words import ENGLISH, Words
from tests.api.moderation.moderating import codes, decide, report
from tests.api.moderation.ruling import MESSAGE, make_rule, set_state
from tests.factories.discussions import make_acting, make_comment, make_post, make_space

if TYPE_CHECKING:
    from community.foundation.database import Database
    from community.members.acting import Acting
    from tests.api.conftest import Client

BLOCKED: Final = EVERYBODY - {"witness"}

RULED: Final = {
    Action.LABEL: EVERYBODY,
    Action.REPORT: EVERYBODY,
    Action.LIMIT: EVERYBODY,
    Action.HOLD: AUTHORS,
    # What was not taken is in nobody's sight; whoever keeps the rules reads a piece of it.
    Action.REFUSE: JUDGES,
}
"""Who reads what a rule has matched, by what the rule does."""
GIVEN: Final[dict[Action, dict[str, Any]]] = {
    Action.LABEL: {"label": "SPOILER"},
    # From something that whoever writes next does without.
    Action.LIMIT: {"limits": ["NO_VOTES"], "forHours": 1},
    Action.REFUSE: MESSAGE,
}

THERE: Final[dict[str, frozenset[str]]] = {
    "withdrawnpost": AUTHORS,
    "withdrawncomment": AUTHORS,
    "removedpost": AUTHORS,
    "removedcomment": AUTHORS,
    "urgentpost": AUTHORS,
    "urgentcomment": AUTHORS,
    "closedspace": OF_PRIVATE,
    "closedpost": OF_PRIVATE,
    "closedcomment": OF_PRIVATE,
    "blockedpost": BLOCKED,
    "blockedcomment": BLOCKED,
    # Whom one blocks stands in one's own list of them.
    "blockedprofile": EVERYBODY,
    "blockerpost": BLOCKED,
    "blockercomment": BLOCKED,
    "blockerprofile": BLOCKED,
    "strikespost": JUDGES,
    "strikescomment": JUDGES,
    "strikesprofile": JUDGES,
    # The post was read before an edit of it was held.
    "editedbefore": AUTHORS,
}
"""Words that everybody reads at first, and who does once they are kept from the others."""
NEW: Final[dict[str, frozenset[str]]] = {
    **{f"{action.lower()}{kind}": seen for action, seen in RULED.items() for kind in ("post", "comment")},
    "refuseprofile": JUDGES,
    "editedafter": AUTHORS,
}
"""Words that rules look at as they are written, and who reads them then."""


async def make_kept(database: Database) -> Community:
    """Make it, with all that is there before anything is kept from anybody."""
    people: dict[str, Acting] = {
        name: await make_acting(database)
        for name in ("witness", "insider", "writer", "blocked", "blocker", "strikes", "clumsy")
    }
    people["moderator"] = await make_acting(database, roles=(Role.MODERATOR,))
    people["admin"] = await make_acting(database, roles=(Role.ADMIN,))
    spaces = {name: await make_space(database) for name in ("public", "closed")}
    kept = Community(Words({*THERE, *NEW}), {"anonymous": None, **people}, spaces)
    words = kept.words
    async with database.writing() as connection:
        await join_space(connection, people["insider"], spaces["closed"])
        word = words["closedspace"]
        await update_space(connection, people["admin"], spaces["closed"], name=word, description=word)
    kept.posts["host"] = host = await make_post(database, people["insider"], spaces["public"], title="茶会 tea party")
    for key in THERE:
        name = key.removesuffix("post").removesuffix("comment").removesuffix("profile")
        writer = people.get(name, people["writer"])
        if key.endswith(("post", "before")):
            where = spaces["closed" if name == "closed" else "public"]
            # An edit of what it says leaves its tags.
            tags = [] if key == "editedbefore" else [words.tag(key)]
            kept.posts[key] = await make_post(
                database, writer, where, title=words[key], body=words[key], tags=("茶", *tags)
            )
            kept.tags += tags
        elif key.endswith("comment"):
            under = kept.posts["closedpost"] if name == "closed" else host
            kept.comments[key] = await make_comment(database, writer, under, body=words[key])
        elif key.endswith("profile"):
            async with database.writing() as connection:
                await update_profile(connection, writer.member_id, bio=words[key], location=words[key])
    return kept


class Keeping:
    """Keeps all of it from others through the API, and gives it back."""

    def __init__(self, graphql: Client, kept: Community) -> None:
        """Do so in a community."""
        self._graphql = graphql
        self._kept = kept
        self._held: dict[str, str] = {}
        self._decisions: list[str] = []

    def _id(self, key: str) -> str:
        kept = self._kept
        return f"post_{kept.posts[key]}" if key in kept.posts else f"comment_{kept.comments[key]}"

    async def _do(self, verb: str, who: str, refused: tuple[str, ...] = (), /, **given: Any) -> Any:
        payload = await self._graphql.change(verb, "clientMutationId", as_=self._kept.people[who], **given)
        assert tuple(codes(payload)) == refused, (verb, who, payload)
        return payload

    async def keep(self) -> None:
        """Keep everything from those who are not to read it any more."""
        for who, name in (("writer", "withdrawn"), ("moderator", "removed")):
            await self._do("deletePost", who, post=self._id(f"{name}post"))
            await self._do("deleteComment", who, comment=self._id(f"{name}comment"))
        await self._do("updateSpace", "admin", space=f"space_{self._kept.spaces['closed']}", access="PRIVATE")
        await self._do("blockMember", "witness", member=self._member("blocked"))
        await self._do("blockMember", "blocker", member=self._member("witness"))
        await self._keep_urgent()
        await self._strike()
        for action in Action:
            await self._rule(action)

    def _member(self, name: str) -> str:
        member = self._kept.people[name]
        assert member is not None
        return f"member_{member.member_id}"

    async def _keep_urgent(self) -> None:
        """Have two members' words hide what is urgent."""
        application = self._graphql.application
        before = application.settings
        application.settings = before.model_copy(update={"moderation_hold_weight": 2.0})
        for key in ("urgentpost", "urgentcomment"):
            for who in ("insider", "clumsy"):
                assert codes(await report(self._graphql, self._kept.people[who], self._id(key), "MINORS")) == []
        application.settings = before

    async def _strike(self) -> None:
        """Have a policy of strikes suspend somebody."""
        automatic = {"points": 1, "withinDays": 30, "action": "SUSPEND", "forDays": 3, "automatic": True}
        await self._do("updateStrikePolicies", "admin", policies=[automatic])
        warned = await decide(
            self._graphql, self._kept.people["moderator"], "WARN", subject=self._member("strikes"), reason="SPAM"
        )
        assert codes(warned) == []
        self._decisions.append(warned["decision"]["id"])
        await self._do("updateStrikePolicies", "admin", policies=[])

    async def _rule(self, action: Action) -> None:
        """Have a rule look at a post, a comment and what it may besides, all with words of their own."""
        graphql, admin, words = self._graphql, self._kept.people["admin"], self._kept.words
        assert admin is not None
        keys = [f"{action.lower()}{kind}" for kind in ("post", "comment")]
        looked_for = [f"{ENGLISH}{key}" for key in (*keys, "editedafter", "refuseprofile")]
        kinds = ["POST", "COMMENT", *(["PROFILE"] if action is Action.REFUSE else [])]
        given: dict[str, Any] = {"kinds": kinds, **GIVEN.get(action, {})}
        condition = {"keywords": {"words": looked_for}}
        rule = await make_rule(graphql, admin, condition, action.value, **given)
        refused = ("REFUSED_BY_RULE",) if action is Action.REFUSE else ()
        said = {key: words[key] for key in keys}
        written = await graphql.change(
            "createPost",
            "post { id }",
            as_=self._kept.people["writer"],
            space=f"space_{self._kept.spaces['public']}",
            title=said[keys[0]],
            body=said[keys[0]],
        )
        answered = await graphql.change(
            "createComment",
            "comment { id }",
            as_=self._kept.people["writer"],
            post=self._id("host"),
            body=said[keys[1]],
        )
        assert tuple(codes(written)) == tuple(codes(answered)) == refused, action
        if action is Action.HOLD:
            self._held |= {written["post"]["id"]: "post", answered["comment"]["id"]: "comment"}
            edited = words["editedafter"]
            await self._do("editPost", "writer", post=self._id("editedbefore"), title=edited, body=edited)
            self._held[self._id("editedbefore")] = "post"
        if action is Action.REFUSE:
            await self._do("updateProfile", "clumsy", refused, bio=words["refuseprofile"])
        # What is written next is for the next rule alone.
        assert codes(await set_state(graphql, admin, rule, "OFF")) == []

    async def give_back(self) -> None:
        """Give everything back."""
        for who, name in (("writer", "withdrawn"), ("moderator", "removed")):
            await self._do("restorePost", who, post=self._id(f"{name}post"))
            await self._do("restoreComment", who, comment=self._id(f"{name}comment"))
        await self._do("updateSpace", "admin", space=f"space_{self._kept.spaces['closed']}", access="PUBLIC")
        await self._do("unblockMember", "witness", member=self._member("blocked"))
        await self._do("unblockMember", "blocker", member=self._member("witness"))
        for decision in self._decisions:
            await self._do("undoDecision", "admin", decision=decision, because="重来")
        for key in ("urgentpost", "urgentcomment"):
            approved = await decide(
                self._graphql,
                self._kept.people["moderator"],
                "APPROVE",
                subject=self._id(key),
                reason="SPAM",
                expectedRevision=0,
            )
            assert codes(approved) == []
        for subject in self._held:
            approved = await decide(
                self._graphql,
                self._kept.people["moderator"],
                "APPROVE",
                subject=subject,
                reason="SPAM",
                expectedRevision=int(subject == self._id("editedbefore")),
            )
            assert codes(approved) == []
