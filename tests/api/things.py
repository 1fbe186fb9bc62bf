"""Something of every type that ids can name: what an administrator may change, and what is hidden from a member."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import uuid4

from community.members.access_tokens import create_access_token
from community.members.principals import ALL_SCOPES, Principal, Scope
from community.members.roles import Role
from community.members.sessions import begin_session
from community.referrals.programs import RewardRule, Step
from community.rewards.promises import TierOf, VoucherOf
from tests.api.things_of_moderation import make_moderation
from tests.factories.backing import back, make_campaign, tiers_of
from tests.factories.discussions import block, make_acting, make_comment, make_post, make_space
from tests.factories.events import all_caught_up
from tests.factories.ideas import make_amendment, make_board, make_co_author, make_idea, make_merge
from tests.factories.images import make_shown_image
from tests.factories.notifications import catch_up
from tests.factories.product_tests import make_product_test, variants_of
from tests.factories.referrals import claim, in_days, make_code, make_program
from tests.factories.rewards import make_budget, make_item, make_redemption, make_reward, make_vouchers
from tests.factories.rounds import make_round, options_of, proposing
from tests.factories.surveys import choices_of, make_survey, questions_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from community.foundation.database import Connection, Database
    from community.members.acting import Acting
    from tests.api.conftest import Client

ABSENT = "7777777777777"
OF_PROPOSALS = {"proposeOption", "withdrawOption"}
"""What is done to a round that takes proposals."""
OF_OTHERS = {"voidBallot", "releaseRound"}
"""What is done to a round that somebody else has asked."""
OF_DRAFTS = {"openRound", "openSurvey", "openBackingCampaign", "openProductTest"}
"""What is done to a round, survey, campaign or product test that is not open yet."""
ANOTHER: dict[str, str] = {}
"""By an idea, the one that it can be merged into."""


@dataclass
class Things:
    """Ids by type: of what an administrator may change, and of what is hidden from an ordinary member."""

    admin: Acting
    member: Acting
    open: dict[str, str]
    hidden: dict[str, str]
    own: dict[str, str] = field(default_factory=dict)
    """What is the ordinary member's own, where it differs from what is open to all."""
    second: dict[str, str] = field(default_factory=dict)
    """Another of what is open to all."""


async def make_things(database: Database, graphql: Client, name: str = "", place: tuple[str, ...] = ()) -> Things:
    comparing = "judgements" in place
    admin, other = [await make_acting(database, roles=(Role.ADMIN,)) for _ in range(2)]
    author, member, hidden = [await make_acting(database) for _ in range(3)]
    space = await make_space(database)
    private = await make_space(database, access="PRIVATE", members=(hidden, admin))
    await make_numbers_alike(database)
    post = await make_post(database, author, space, tags=("茶",))
    comment = await make_comment(database, member, post)
    own_post = await make_post(database, member, space)
    own_comment = await make_comment(database, admin, own_post)
    hidden_post = await make_post(database, hidden, private, tags=("暗",))
    hidden_comment = await make_comment(database, admin, hidden_post)
    await make_comment(database, author, own_post, parent_id=own_comment)
    await make_comment(database, hidden, hidden_post, parent_id=hidden_comment)
    round_, hidden_round = await make_rounds(database, admin, (space, private), name, comparing=comparing)
    survey = await make_survey(database, admin, space, opened=name not in OF_DRAFTS)
    hidden_survey = await make_survey(database, admin, private, opened=name not in OF_DRAFTS)
    ideas, hidden_ideas = [
        await make_ideas_to_change(database, admin, *people, name)
        for people in ((author, member, space), (hidden, hidden, private))
    ]
    campaign, hidden_campaign = [
        await make_campaign(database, admin, each, opened=name not in OF_DRAFTS) for each in (space, private)
    ]
    backed = await make_campaign(database, admin, space)
    hidden_backed = await make_campaign(database, admin, private)
    pledges = [await back(database, backer, backed) for backer in (admin, member)]
    hidden_pledge = await back(database, hidden, hidden_backed)
    test = await make_product_test(database, admin, space, opened=name not in OF_DRAFTS)
    hidden_test = await make_product_test(database, admin, private, opened=name not in OF_DRAFTS)
    rewards, own_rewards, hidden_rewards = await make_rewards(database, name, admin, member, hidden)
    referrals = await make_referral(database, admin, author, member)
    hidden_referrals = await make_referral(database, admin, hidden, author, to_come=True)
    image, hidden_image = [await make_shown_image(database, *at) for at in ((author, space, 1), (hidden, private, 2))]
    moderated = await make_moderation(database, name, (admin, other), author, member, (space, None))
    hidden_moderated = await make_moderation(database, name, (admin, other), hidden, other, (private, private))
    second_team, _ = moderated.pop("second_team"), hidden_moderated.pop("second_team")
    await catch_up(database)
    await all_caught_up(database)
    await block(database, hidden, member)
    things = Things(
        admin,
        member,
        {
            "space": f"space_{space}",
            "post": f"post_{post}",
            "comment": f"comment_{comment}",
            "image": f"image_{image}",
            "member": f"member_{(other if name == 'assignCase' else author).member_id}",
            "round": f"round_{round_}",
            "round_option": f"round_option_{(await options_of(database, round_))[0]}",
            **await parts_of_survey(database, survey),
            **ideas,
            "backing_campaign": f"backing_campaign_{campaign}",
            "backing_tier": f"backing_tier_{(await tiers_of(database, campaign))[0]}",
            "pledge": f"pledge_{pledges[0]}",
            "product_test": f"product_test_{test}",
            "variant": f"variant_{(await variants_of(database, test))[0]}",
            **referrals,
            **rewards,
            **moderated,
        },
        {
            "space": f"space_{private}",
            "post": f"post_{hidden_post}",
            "comment": f"comment_{hidden_comment}",
            "image": f"image_{hidden_image}",
            "member": f"member_{hidden.member_id}",
            "round": f"round_{hidden_round}",
            "round_option": f"round_option_{(await options_of(database, hidden_round))[0]}",
            **await parts_of_survey(database, hidden_survey),
            **hidden_ideas,
            "backing_campaign": f"backing_campaign_{hidden_campaign}",
            "backing_tier": f"backing_tier_{(await tiers_of(database, hidden_campaign))[0]}",
            "pledge": f"pledge_{hidden_pledge}",
            "product_test": f"product_test_{hidden_test}",
            "variant": f"variant_{(await variants_of(database, hidden_test))[0]}",
            **hidden_referrals,
            **hidden_rewards,
            **hidden_moderated,
        },
        {
            "post": f"post_{own_post}",
            "comment": f"comment_{own_comment}",
            "pledge": f"pledge_{pledges[1]}",
            "referral_code": f"referral_code_{await make_code(database, member, await make_program(database, admin))}",
            **own_rewards,
        },
        {
            "round_option": f"round_option_{(await options_of(database, round_))[1]}",
            "team": second_team,
        },
    )
    async with database.writing() as connection:
        for ids, tag in ((things.open, "茶"), (things.hidden, "暗")):
            ids["tag"] = f"tag_{await connection.raw.fetchval('SELECT id FROM tag WHERE name = $1', tag)}"
        notifications = {
            row["member_id"]: f"notification_{row['id']}"
            for row in await connection.raw.fetch("SELECT member_id, id FROM notification")
        }
        things.open["notification"] = notifications[admin.member_id]
        things.hidden["notification"] = notifications[hidden.member_id]
        for ids, owner in ((things.open, admin), (things.hidden, hidden)):
            by_session = Principal(owner.member_id, ALL_SCOPES, session_id=uuid4())
            token, _ = await create_access_token(connection, by_session, name="机器人", scopes=[Scope.READ])
            ids["access_token"] = f"access_token_{token.id}"
            await begin_session(connection, graphql.application.keys, owner.member_id, client="elsewhere")
            session = await connection.raw.fetchval(
                "SELECT id FROM session WHERE member_id = $1 ORDER BY created_at LIMIT 1", owner.member_id
            )
            ids["session"] = f"session_{session}"
        things.open |= await make_scores(connection, space, admin)
        things.hidden |= {"tribe": absent("tribe"), "score_run": absent("score_run"), "job": absent("job")}
    for acting in (admin, member):
        await graphql.token(acting)
    return things


async def make_numbers_alike(database: Database) -> None:
    """Have all tables go on with the same number: else a prefix that is passed over would go unseen."""
    async with database.writing() as connection:
        for table in ("space", "post", "comment", "image", "tag", "notification", "access_token", "tribe", "score_run", "job",
            "round", "round_option", "survey", "survey_question", "survey_choice", "idea_board", "idea", "idea_merge", "amendment", "backing_campaign", "backing_tier", "pledge", "product_test", "variant", "referral_program", "referral_terms", "referral_code", "referral",
            "moderation_case", "report", "decision", "appeal", "moderation_case_note", "moderation_team", "saved_reply",
            "rule", "rule_version", "rule_match", "second_opinion", "reward", "reward_budget", "reward_item", "redemption", "voucher", "voucher_pool", "member_tier"):  # fmt: skip
            await connection.raw.execute(
                f"""
                SELECT setval(
                    pg_get_serial_sequence($1, 'id'), greatest((SELECT max(id) FROM member), (SELECT max(id) FROM {table}))
                )
                """,
                table,
            )


async def make_rewards(
    database: Database, name: str, admin: Acting, member: Acting, hidden: Acting
) -> tuple[dict[str, str], dict[str, str], dict[str, str]]:
    """Make a budget, and rewards of each of three such that what is named can be done to those of the first."""
    budget = await make_budget(database, admin, unit="POINTS")
    item = await make_item(database, admin, 10)
    later = await make_item(database, admin, 10, active_from=datetime.now(UTC) + timedelta(days=9))
    things = []
    for owner in (admin, member, hidden):
        await make_reward(database, owner, budget, 100)
        reward = await make_reward(database, owner, budget, 5, granted=name != "reviewReward")
        redemption = await make_redemption(database, owner, item)
        pool = await make_vouchers(database, admin, "码")
        await make_reward(database, owner, budget, VoucherOf(pool))
        await make_reward(database, owner, budget, TierOf("金"))
        async with database.reading() as connection:
            voucher = await connection.raw.fetchval("SELECT max(id) FROM voucher")
            tier = await connection.raw.fetchval("SELECT max(id) FROM member_tier")
        things.append(
            {
                "reward": f"reward_{reward}",
                "redemption": f"redemption_{redemption}",
                "voucher": f"voucher_{voucher}",
                "member_tier": f"member_tier_{tier}",
                "reward_budget": f"reward_budget_{budget}",
                "voucher_pool": f"voucher_pool_{pool}",
                "reward_item": f"reward_item_{later if owner is hidden else item}",
            }
        )
    return things[0], things[1], things[2]


async def make_rounds(
    database: Database, admin: Acting, spaces: Sequence[int], name: str, *, comparing: bool
) -> list[int]:
    """Make a round in each space, such that what is named can be done to it."""
    asker = await make_acting(database, roles=(Role.ADMIN,)) if name in OF_OTHERS else admin
    method = "PAIRWISE" if comparing else "APPROVAL"
    asked = proposing() if name in OF_PROPOSALS else {}
    made = [
        await make_round(database, asker, each, method=method, opened=name not in OF_DRAFTS, **asked) for each in spaces
    ]
    if name == "releaseRound":
        async with database.writing() as connection:
            await connection.raw.execute("UPDATE round SET state = 'CLOSED', closed_at = now(), held_at = now()")
    return made


async def parts_of_survey(database: Database, survey: int) -> dict[str, str]:
    """Return the ids of a survey, its first question, and the first choice of that."""
    question = (await questions_of(database, survey))[0]
    choice = (await choices_of(database, question))[0]
    return {
        "survey": f"survey_{survey}",
        "survey_question": f"survey_question_{question}",
        "survey_choice": f"survey_choice_{choice}",
    }


async def make_ideas_to_change(
    database: Database, admin: Acting, author: Acting, amender: Acting, space: int, name: str
) -> dict[str, str]:
    """Make what ids of ideas can name, such that the administrator can do what is named."""
    board = await make_board(database, admin, space)
    shared = name in {"acceptCoAuthorship", "declineCoAuthorship", "leaveIdea"}
    withdraws = name == "withdrawAmendment"
    idea = await make_idea(database, author if shared or withdraws else admin, board)
    if shared:
        await make_co_author(database, author, idea, admin, accepted=name == "leaveIdea")
    source, into = [await make_idea(database, author, board) for _ in range(2)]
    amendment = await make_amendment(database, admin if withdraws else amender, idea)
    merge = await make_merge(database, admin, [source], into)
    ids = {"idea_board": board, "idea": idea, "amendment": amendment, "idea_merge": merge}
    ANOTHER[f"idea_{idea}"] = f"idea_{into}"
    return {prefix: f"{prefix}_{number}" for prefix, number in ids.items()}


async def make_referral(
    database: Database, admin: Acting, referrer: Acting, newcomer: Acting, *, to_come: bool = False
) -> dict[str, str]:
    """Make a programme, a code of somebody's, and a referral by it; then the programme may be one that is yet to begin."""
    program = await make_program(database, admin, rewards=[RewardRule(Step("SIGN_UP"), "REFERRER", "POINTS", 5)])
    code = await make_code(database, referrer, program)
    referral = await claim(database, newcomer, code)
    async with database.writing() as connection:
        terms = await connection.raw.fetchval("SELECT terms_id FROM referral_program WHERE id = $1", program)
        if to_come:
            await connection.raw.execute(
                "UPDATE referral_program SET starts_at = $2 WHERE id = $1", program, in_days(1)
            )
    return {
        "referral_program": f"referral_program_{program}",
        "referral_terms": f"referral_terms_{terms}",
        "referral_code": f"referral_code_{code}",
        "referral": f"referral_{referral}",
    }


async def make_scores(connection: Connection, space: int, admin: Acting) -> dict[str, str]:
    """Make as much of a scoring run as ids can name: the run, a tribe, the space's ranking, and a job."""
    run = await connection.raw.fetchval("INSERT INTO score_run (model, state) VALUES (1, 'DONE') RETURNING id")
    tribe = await connection.raw.fetchval(
        "INSERT INTO tribe (size, cohesion, run_id) VALUES (3, 0.5, $1) RETURNING id", run
    )
    await connection.raw.execute("INSERT INTO graph_scope (space_id, run_id) VALUES ($1, $2)", space, run)
    job = await connection.raw.fetchval(
        "INSERT INTO job (kind, state, asked_by) VALUES ('SCORING', 'DONE', $1) RETURNING id", admin.member_id
    )
    return {"score_run": f"score_run_{run}", "tribe": f"tribe_{tribe}", "job": f"job_{job}"}


def absent(type_: str) -> str:
    return "session_00000000-0000-4000-8000-000000000000" if type_ == "session" else f"{type_}_{ABSENT}"
