"""A small community with something of everything that can be hidden, and a viewer of every kind."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from community.cocreation.ideas.advancing import advance_idea
from community.cocreation.ideas.amendments import accept_amendment, decline_amendment
from community.cocreation.ideas.stages import DECLINED, PLANNED, SHIPPED, SUBMITTED
from community.cocreation.product_tests.lifecycle import Design, Money
from community.cocreation.surveys.lifecycle import close_survey
from community.discussions import comments, curation, posts, reactions, spaces, tags
from community.foundation.database import Database
from community.members import relations
from community.members.acting import Acting
from community.members.roles import Role
from community.rewards.promises import TierOf, VoucherOf
from moderation.cases.notes import note_case
from moderation.decisions.deciding import decide
from moderation.decisions.judgement import Judgement
from moderation.decisions.ruling import Measure
from moderation.reports.reporting import report
from tests.factories.backing import back, make_campaign
from tests.factories.discussions import block, make_acting, make_comment, make_post, make_space, reloaded, suspend
from tests.factories.ideas import (
    make_amendment,
    make_board,
    make_co_author,
    make_idea,
    make_merge,
    make_votes,
    post_of,
)
from tests.factories.images import make_image
from tests.factories.product_tests import forecast, make_product_test, mark, sell, show, variants_of
from tests.factories.referrals import claim, in_days, make_code, make_program
from tests.factories.rewards import make_budget, make_item, make_reward, make_vouchers
from tests.factories.rounds import make_ballot, make_round
from tests.factories.ruled import make_ruled
from tests.factories.surveys import make_response, make_survey

CANARY = "bluecanary"
"""A word in everything that the viewers of a world must not read, and in nothing else."""


@dataclass
class World:
    """Members by what they are, and the ids of what there is."""

    members: dict[str, Acting | None]
    spaces: dict[str, int]
    posts: dict[str, int]
    comments: dict[str, int]
    rounds: dict[str, int]
    surveys: dict[str, int]
    ideas: dict[str, str]
    """Ids of boards, ideas, amendments and merges."""
    campaigns: dict[str, int]
    pledges: dict[str, int]
    product_tests: dict[str, int]
    referrals: dict[str, str]
    moderated: dict[str, str]
    """Ids of rules, and of a case and a decision that one made."""

    def __repr__(self) -> str:
        return "World()"


async def make_world(database: Database) -> World:  # noqa: PLR0915 - one thing after another, as a town comes to be
    """Make it."""
    people = {
        name: await make_acting(database)
        for name in ("author", "friend", "reader", "blocker", "hidden", "moderator", "warden", "gone")
    }
    admin = await make_acting(database, roles=(Role.ADMIN,))
    author, friend, reader, hidden = people["author"], people["friend"], people["reader"], people["hidden"]
    town = {
        "public": await make_space(database, members=(author, friend, reader, hidden)),
        "members": await make_space(database, access="MEMBERS", members=(friend,)),
        "private": await make_space(database, access="PRIVATE", members=(friend, hidden)),
        "archived": await make_space(database, members=(author,)),
    }
    async with database.writing() as connection:
        for role, name in (("moderator", "public"), ("moderator", "private"), ("warden", "public")):
            await connection.raw.execute(
                "INSERT INTO role_grant (member_id, role, space_id) VALUES ($1, 'MODERATOR', $2)",
                *(people[role].member_id, town[name]),
            )
    moderator = people["moderator"] = await reloaded(database, people["moderator"])
    made: dict[str, int] = {}
    said: dict[str, int] = {}
    for number in range(12):
        writer = (author, friend, reader)[number % 3]
        space = town[("public", "members", "archived")[number % 3 if writer is not reader else 0]]
        made[f"plain{number}"] = await make_post(
            database,
            writer,
            space,
            title=f"第{number}泡 steep {number}",
            body=f"水温 {number} 度 👨‍👩‍👧 water\n\n**{number}**",
            tags=("茶", f"t{number % 4}"),
        )
    private = await make_post(
        database, friend, town["private"], title=f"{CANARY} private", body=f"{CANARY} private 秘密", tags=("茶",)
    )
    made["private"] = private
    for name, member in (
        ("removed", author),
        ("withdrawn", author),
        ("held", reader),
        ("blocked", hidden),
        ("suspended", people["gone"]),
    ):
        made[name] = await make_post(
            database, member, town["public"], title=f"{CANARY} {name}", body=f"{CANARY} {name} 藏", tags=("茶", "t1")
        )
    for number in range(25):
        writer = (friend, reader, author, hidden)[number % 4]
        parent = said.get(f"on0_{number - 3}") if number % 5 == 0 else None
        word = f"{CANARY} hidden" if writer is hidden else "回答"
        said[f"on0_{number}"] = await make_comment(
            database, writer, made["plain0"], body=f"{word} {number}", parent_id=parent
        )
    said["in_private"] = await make_comment(database, friend, private, body=f"{CANARY} inprivate")
    said["removed"] = await make_comment(database, friend, made["plain0"], body=f"{CANARY} removedcomment")
    said["under_removed"] = await make_comment(database, friend, made["removed"], body=f"{CANARY} underremoved")

    async def act(change: object) -> None:
        await database.transact(change)  # type: ignore[arg-type]

    await act(
        lambda c: posts.edit_post(
            c, author, made["plain0"], title="红茶 black tea", body="换了一种说法 said anew", reason="更清楚"
        )
    )
    await act(lambda c: posts.edit_post(c, author, made["plain0"], body="又换了 once more", reason=""))
    await act(lambda c: comments.edit_comment(c, friend, said["on0_0"], body="改过的回答 edited"))
    await act(lambda c: curation.accept_answer(c, author, said["on0_0"]))
    await act(lambda c: curation.pin_post(c, moderator, made["plain0"]))
    await act(lambda c: curation.lock_post(c, moderator, made["plain3"]))
    for member, kind in ((friend, "like"), (reader, "like"), (reader, "thanks"), (moderator, "sad")):
        await act(
            lambda c, member=member, kind=kind: reactions.add_reaction(c, member, kind=kind, post_id=made["plain0"])
        )
        await act(
            lambda c, member=member, kind=kind: reactions.add_reaction(c, member, kind=kind, comment_id=said["on0_0"])
        )
    for follower, followed in (
        (reader, author),
        (reader, friend),
        (friend, author),
        (author, reader),
        (admin, author),
        (moderator, reader),
    ):
        await act(
            lambda c, follower=follower, followed=followed: relations.follow_member(
                c, follower.member_id, followed.member_id
            )
        )
    await act(lambda c: relations.mute_member(c, reader.member_id, friend.member_id))
    async with database.reading() as connection:
        tea = await connection.raw.fetchval("SELECT id FROM tag WHERE name = '茶'")
    await act(lambda c: tags.follow_tag(c, reader, tea))
    await act(lambda c: tags.follow_tag(c, people["blocker"], tea))
    await act(lambda c: posts.delete_post(c, moderator, made["removed"], reason="广告"))
    await act(lambda c: posts.delete_post(c, author, made["withdrawn"]))
    await act(lambda c: comments.delete_comment(c, moderator, said["removed"]))
    await act(lambda c: spaces.invite_to_space(c, admin, town["private"], reader.member_id))
    async with database.writing() as connection:
        await connection.raw.execute("UPDATE space SET archived_at = now() WHERE id = $1", town["archived"])
        await connection.raw.execute("UPDATE space SET description = '私下 ' WHERE id = $1", town["private"])
        for name, visibility in (("held", 1), ("suspended", 4)):
            await connection.raw.execute("UPDATE post SET visibility = $2 WHERE id = $1", made[name], visibility)
            await connection.raw.execute(
                "UPDATE post_activity SET visibility = $2 WHERE post_id = $1", made[name], visibility
            )
        # Times that are the same, and far from each other in order of id.
        await connection.raw.execute("UPDATE comment SET created_at = '2026-01-02T03:04:05.5Z' WHERE id % 3 = 0")
    await suspend(database, people["gone"])
    await block(database, people["blocker"], hidden)
    await block(database, hidden, people["warden"])
    asked = {
        "open": await make_round(database, admin, town["public"]),
        "draft": await make_round(
            database, admin, town["public"], title=f"{CANARY} draft", options=(f"{CANARY} draft", "二"), opened=False
        ),
        "private": await make_round(
            database, admin, town["private"], title=f"{CANARY} private", options=(f"{CANARY} private", "二")
        ),
    }
    await make_ballot(database, author, asked["open"], 0)
    await make_ballot(database, friend, asked["open"], 1)
    async with database.writing() as connection:
        await connection.raw.execute(
            f"UPDATE ballot SET receipt = '{CANARY} ballot' WHERE member_id = $1", author.member_id
        )
        await connection.raw.execute(
            f"UPDATE ballot SET voided_at = now(), void_reason = '{CANARY} voided' WHERE member_id = $1",
            friend.member_id,
        )
    surveyed = {
        "open": await make_survey(database, admin, town["public"], results_public=True),
        "anonymous": await make_survey(database, admin, town["public"], anonymous=True, results_public=True),
        "draft": await make_survey(database, admin, town["public"], title=f"{CANARY} draft", opened=False),
        "private": await make_survey(database, admin, town["private"], title=f"{CANARY} private"),
    }
    for name in ("author", "friend", "reader", "hidden", "moderator"):
        await make_response(database, people[name], surveyed["open"], [0], 9, f"{CANARY} said{name}")
        await make_response(database, people[name], surveyed["anonymous"], [1], 0, f"{CANARY} unsigned")
    await act(lambda c: close_survey(c, admin, surveyed["anonymous"]))
    ideas = await make_ideas(database, people | {"admin": admin}, town)
    backed = {
        "open": await make_campaign(database, admin, town["public"]),
        "draft": await make_campaign(
            database,
            admin,
            town["public"],
            title=f"{CANARY} plannedcampaign",
            tiers=((f"{CANARY} plannedcampaign", 100, 5),),
            opened=False,
        ),
        "private": await make_campaign(
            database, admin, town["private"], title=f"{CANARY} private", tiers=((f"{CANARY} private", 100, None),)
        ),
    }
    put_up = {"of author": await back(database, author, backed["open"], amount=2_100)}
    await make_rewards(database, admin, author)
    async with database.writing() as connection:
        await connection.raw.execute(f"UPDATE pledge SET failure = '{CANARY} pledge'")
    designs = (Design("青花", price=Money(12_900, "CNY"), unit_cost=Money(4_000, "CNY")), Design("素白"))
    hidden_designs = (Design(f"{CANARY} unshown"), Design("二", f"{CANARY} unshown"))
    private_designs = (Design(f"{CANARY} private"), Design("二", f"{CANARY} private"))
    shown = {
        "open": await make_product_test(
            database, admin, town["public"], designs=designs, show_totals=True, discussed=True
        ),
        "draft": await make_product_test(
            database, admin, town["public"], title=f"{CANARY} unshown", designs=hidden_designs, opened=False
        ),
        "private": await make_product_test(
            database, admin, town["private"], title=f"{CANARY} private", designs=private_designs
        ),
    }
    first, second = await variants_of(database, shown["open"])
    for place, member in enumerate((author, friend, reader, people["blocker"], moderator, people["warden"])):
        await show(database, member, first, second)
        await mark(database, member, (first, second)[place % 2], pieces=1 + place)
    await forecast(database, admin, shown["open"], sales_over=True)
    await sell(database, first, 40)
    await forecast(database, admin, shown["private"])
    await make_moderation(database, admin, friend, made["plain0"])
    return World(
        {
            "anonymous": None,
            "member": reader,
            "insider": friend,
            "blocker": people["blocker"],
            "author": author,
            "moderator": moderator,
            "warden": people["warden"],
            "admin": admin,
        },
        town,
        made,
        said,
        asked,
        surveyed,
        ideas,
        backed,
        put_up,
        shown,
        await make_referrals(database, admin, author, friend),
        {
            **await make_ruled(database, people, town, made, said, CANARY),
            "image": f"image_{await make_reported_image(database, hidden, friend, town['private'])}",
        },
    )


async def make_reported_image(database: Database, owner: Acting, reporter: Acting, space_id: int) -> int:
    """Have an image that a post in a private space shows be reported; what is said of it is kept with the case."""
    image = await make_image(database, owner)
    await make_post(database, owner, space_id, title=f"{CANARY} private", body=f"![{CANARY} private]({image.address})")
    await database.transact(
        lambda connection: report(
            connection,
            reporter,
            subject_kind="image",
            subject_id=image.id,
            reason="ILLEGAL",
            body=f"{CANARY} reportword",
        )
    )
    return image.id


async def make_moderation(database: Database, admin: Acting, reporter: Acting, post_id: int) -> None:
    """Have a post reported by a member and a guest, noted and decided on, with texts that few may read."""
    await database.transact(
        lambda connection: report(
            connection,
            reporter,
            subject_kind="post",
            subject_id=post_id,
            reason="ILLEGAL",
            body=f"{CANARY} reportword",
        )
    )
    async with database.writing() as connection:
        case_id = await connection.raw.fetchval(
            "SELECT id FROM moderation_case WHERE kind = 'REPORTED' AND subject_kind = 'post' AND subject_id = $1",
            post_id,
        )
        guest_id = await connection.raw.fetchval(
            """
            INSERT INTO report (case_id, guest, reason_id, body, revision, weight)
            SELECT id, true, reason_id, $2, 0, 1 FROM moderation_case WHERE id = $1 RETURNING id
            """,
            *(case_id, f"{CANARY} guestword"),
        )
        # Who a guest is, is nobody's to read.
        await connection.raw.execute(
            "INSERT INTO notifier (report_id, case_id, name, email, email_key) VALUES ($1, $2, $3, $4, $4)",
            *(guest_id, case_id, f"{CANARY} notifiername", f"{CANARY}.notifier@example.org"),
        )
    await database.transact(
        lambda connection: note_case(connection, admin, case_id, body=f"{CANARY} noteword"),
    )
    decided = Judgement([Measure("WARN")], facts=f"{CANARY} decisionfacts", law=f"{CANARY} lawword")
    decision = await database.transact(lambda connection: decide(connection, admin, case_id, decided))
    async with database.writing() as connection:
        await connection.raw.execute(
            """
            INSERT INTO second_opinion (decision_id, case_id, member_id, space_id, decided_by)
            SELECT id, case_id, member_id, space_id, decided_by FROM decision WHERE id = $1
            """,
            decision.id,
        )


async def make_rewards(database: Database, admin: Acting, owner: Acting) -> None:
    """Make a member's rewards, and what staff alone see of them, with texts that few may read."""
    budget = await make_budget(database, admin)
    pool = await make_vouchers(database, admin, "码")
    await make_reward(database, owner, budget, 100)
    await make_reward(database, owner, budget, VoucherOf(pool))
    await make_reward(database, owner, budget, TierOf(f"{CANARY} membertier"))
    await make_item(database, admin, title="茶杯 tea cup")
    await make_item(database, admin, title=f"{CANARY} laterthing", active_from=datetime.now(UTC) + timedelta(days=9))
    async with database.writing() as connection:
        await connection.raw.execute(f"UPDATE voucher SET code = '{CANARY} vouchercode'")
        await connection.raw.execute(f"UPDATE reward SET reason = '{CANARY} rewardreason'")
        await connection.raw.execute(f"UPDATE reward_budget SET name = '{CANARY} budgetname'")
        await connection.raw.execute(f"UPDATE voucher_pool SET name = '{CANARY} poolname'")


async def make_ideas(database: Database, people: dict[str, Acting], town: dict[str, int]) -> dict[str, str]:
    """Make ideas of all kinds: plain, private, removed, merged and shipped, with texts that few may read."""
    admin, author, friend, hidden = (people[name] for name in ("admin", "author", "friend", "hidden"))
    board = await make_board(database, admin, town["public"])
    private_board = await make_board(database, admin, town["private"], title=f"{CANARY} private")
    plain = await make_idea(database, author, board, title="旅行杯 travel cup", tags=("茶",))
    await make_votes(database, plain, friend, people["reader"], hidden)
    await make_co_author(database, author, plain, people["moderator"])
    await make_co_author(database, author, plain, people["reader"], accepted=False)
    declined = await make_amendment(database, friend, plain, body=f"{CANARY} declined", reason=f"{CANARY} declined")
    await database.transact(lambda c: decline_amendment(c, author, declined, why="不"))
    taken = await make_amendment(database, friend, plain, body="旅行时也能泡茶 tea on the way")
    await database.transact(lambda c: accept_amendment(c, author, taken))
    offered = await make_amendment(database, hidden, plain, body=f"{CANARY} hidden")
    removed = await make_idea(database, author, board, title=f"{CANARY} removed", body=f"{CANARY} removed")
    removed_post = await post_of(database, removed)
    await database.transact(lambda c: posts.delete_post(c, people["moderator"], removed_post))
    private = await make_idea(database, friend, private_board, title=f"{CANARY} private", body=f"{CANARY} private")
    inside = await make_amendment(database, hidden, private, body=f"{CANARY} inprivate")
    same = await make_idea(database, people["reader"], board, title="旅行的杯子 cup")
    await make_votes(database, same, friend, author)
    merge = await make_merge(database, admin, [same], plain)
    shipped = await make_idea(database, friend, board, title="竹盘 tray")
    for idea, stage, answer in ((shipped, SHIPPED, "好了"), (private, DECLINED, f"{CANARY} inprivate")):
        for before, after in ((SUBMITTED, PLANNED), (PLANNED, stage)):
            await database.transact(
                lambda c, idea=idea, before=before, after=after, answer=answer: advance_idea(  # type: ignore[misc] # bound now
                    c, admin, idea, before=before, after=after, answer=answer
                )
            )
    return {
        "board": f"idea_board_{board}",
        "private board": f"idea_board_{private_board}",
        **{
            name: f"idea_{number}"
            for name, number in (
                ("plain", plain), ("removed", removed), ("private", private), ("same", same), ("shipped", shipped),
            )
        },
        **{
            name: f"amendment_{number}"
            for name, number in (("declined", declined), ("taken", taken), ("offered", offered), ("inside", inside))
        },
        "merge": f"idea_merge_{merge}",
    }  # fmt: skip


async def make_referrals(database: Database, admin: Acting, referrer: Acting, newcomer: Acting) -> dict[str, str]:
    """Let one member have brought another; and make a programme that is yet to begin. Return the ids of all that."""
    program = await make_program(database, admin)
    to_come = await make_program(
        database, admin, name=f"{CANARY} tocome", body=f"{CANARY} tocome", starts_at=in_days(9)
    )
    code = await make_code(database, referrer, program)
    referral = await claim(database, newcomer, code)
    async with database.writing() as connection:
        await connection.raw.execute("UPDATE referral_code SET campaign = $1", f"{CANARY} code")
        await connection.raw.execute("UPDATE referral SET channel = $1", f"{CANARY} referral")
        await connection.raw.execute("UPDATE referral_day SET channel = $1", f"{CANARY} counts")
        terms = await connection.raw.fetchval("SELECT terms_id FROM referral_program WHERE id = $1", to_come)
    return {
        "program": f"referral_program_{program}",
        "to_come": f"referral_program_{to_come}",
        "terms_to_come": f"referral_terms_{terms}",
        "code": f"referral_code_{code}",
        "referral": f"referral_{referral}",
    }
