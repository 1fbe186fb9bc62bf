"""What a demonstration's members are deciding: an idea board, two rounds, a survey, a product test and a campaign.

Made by the verbs that members use, after everything else has been written: as they would be, and with all that follows.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from community.cocreation.backing.amounts import Money
from community.cocreation.backing.campaigns import Plan, Tier, create_backing_campaign, open_backing_campaign
from community.cocreation.ideas.advancing import advance_idea
from community.cocreation.ideas.boards import create_idea_board
from community.cocreation.ideas.proposing import create_idea
from community.cocreation.ideas.stages import SUBMITTED, UNDER_REVIEW
from community.cocreation.ideas.support import vote_for_idea
from community.cocreation.product_tests.lifecycle import Design, Showing, create_product_test, open_product_test
from community.cocreation.product_tests.lifecycle import Money as Price
from community.cocreation.product_tests.marks import favourite_variant, pre_order_variant, vote_for_variant
from community.cocreation.rounds.ballots import cast_ballot
from community.cocreation.rounds.lifecycle import close_round, create_round, open_round
from community.cocreation.rounds.marks import Choice
from community.cocreation.rounds.questions import Option, Question
from community.cocreation.surveys.asking import AskedChoice, AskedQuestion
from community.cocreation.surveys.lifecycle import Asked, create_survey, open_survey
from community.cocreation.surveys.responses import Given, submit_response
from community.foundation.clock import now
from community.members.acting import Caller, load_acting

if TYPE_CHECKING:
    from community.foundation.database import Database
    from community.members.acting import Acting

VOTERS = 120
FAVOURED, ORDERED = 0.4, 0.15
"""How many of those who like a variant best favour it, and how many would buy it."""
_IDEAS = (
    ("带滤网的旅行杯 A travel cup with a strainer", "出门也能泡茶。300 ml, it fits a bag's side pocket."),
    ("可续装的锡罐 Refillable tins", "买一次罐子，以后只买茶。The tin once, and then tea in paper."),
    ("新茶试饮包 A sampler of the spring harvest", "六种，每种三克。Six teas, three grams each."),
    ("安静的电水壶 A kettle that is quiet at night", "85、90、95 度三档。Three temperatures, no beep."),
)
_TINS = ("梅花 Plum blossom", "翠竹 Bamboo", "仙鹤 Crane", "远山 Distant hills")
_TEAS = ("白毫银针 Silver Needle", "凤凰单丛 Phoenix Dancong", "正山小种 Lapsang", "熟普 Ripe Pu-erh", "茉莉 Jasmine")
_DESIGNS = (
    Design(
        "青花 Blue and white", price=Price(12_900, "CNY"), unit_cost=Price(4_000, "CNY"), salvage=Price(1_000, "CNY")
    ),
    Design("龙泉青 Celadon", price=Price(13_900, "CNY"), unit_cost=Price(4_600, "CNY"), salvage=Price(1_000, "CNY")),
    Design("素白 White", price=Price(9_900, "CNY"), unit_cost=Price(3_500, "CNY"), salvage=Price(800, "CNY")),
)
_QUESTIONS = (
    AskedQuestion(
        "SINGLE_CHOICE",
        "在哪里喝茶？ Where do you drink tea?",
        choices=[AskedChoice("家里 At home"), AskedChoice("公司 At work"), AskedChoice("路上 On the way")],
    ),
    AskedQuestion("NPS", "你会把我们推荐给朋友吗？ Would you recommend us to a friend?"),
)


async def make_decisions(database: Database, admin_handle: str, slug: str, seed: int) -> None:
    """Let the named administrator ask, in one space, and members answer; the same members and answers for a seed."""
    chance = random.Random(seed)  # noqa: S311 - makes up a demonstration
    async with database.reading() as connection:
        admin = await load_acting(
            connection, await connection.raw.fetchval("SELECT id FROM member WHERE handle = $1", admin_handle)
        )
        space_id = await connection.raw.fetchval("SELECT id FROM space WHERE slug = $1", slug)
        found = await connection.raw.fetch(
            "SELECT id FROM member WHERE state = 'ACTIVE' AND id <> $1 ORDER BY id LIMIT $2", admin.member_id, VOTERS
        )
    members = [Caller(row["id"]) for row in found]
    await _ideas(database, admin, space_id, members, chance)
    await _rounds(database, admin, space_id, members, chance)
    await _survey(database, admin, space_id, members, chance)
    await _product_test(database, admin, space_id, members, chance)
    await _campaign(database, admin, space_id)


async def _ideas(
    database: Database, admin: Acting, space_id: int, members: Sequence[Caller], chance: random.Random
) -> None:
    async with database.writing() as connection:
        board_id = await create_idea_board(
            connection, admin, space_id, title="下一件茶器 The next piece", body="想要什么？What should we make?"
        )
    for place, (title, body) in enumerate(_IDEAS):
        async with database.writing() as connection:
            author = await load_acting(connection, members[place].member_id)
            idea_id, _ = await create_idea(connection, author, board_id, title=title, body=body, tags=("茶器",))
            for member in chance.sample(members, len(members) * (3 + place) // 10):
                await vote_for_idea(connection, member, idea_id)
            if place == 1:
                await advance_idea(
                    connection,
                    admin,
                    idea_id,
                    before=SUBMITTED,
                    after=UNDER_REVIEW,
                    answer="我们在问锡匠。We are asking the tinsmith.",
                )


async def _rounds(
    database: Database, admin: Acting, space_id: int, members: Sequence[Caller], chance: random.Random
) -> None:
    for title, method, names, closes in (
        ("明年春天哪一款锡罐？ Which tin next spring?", "SCHULZE", _TINS, False),
        ("哪些茶留在菜单上？ Which teas stay on the menu?", "EQUAL_SHARES", _TEAS, True),
    ):
        options = [Option(name) for name in names]
        question = Question(title, method, options, _in(21), winners=3 if closes else 1, discussed=not closes)
        async with database.writing() as connection:
            round_id = await create_round(connection, admin, space_id, question)
            await open_round(connection, admin, round_id)
            ids = [
                row["id"]
                for row in await connection.raw.fetch(
                    "SELECT id FROM round_option WHERE round_id = $1 ORDER BY position", round_id
                )
            ]
            for member in members:
                liked = sorted(ids, key=lambda option: chance.random() + 0.2 * ids.index(option))[
                    : chance.randint(1, 3)
                ]
                said = [Choice(option, None if closes else rank) for rank, option in enumerate(liked, 1)]
                await cast_ballot(connection, member, round_id, said)
            if closes:
                await close_round(connection, admin, round_id)


async def _survey(
    database: Database, admin: Acting, space_id: int, members: Sequence[Caller], chance: random.Random
) -> None:
    async with database.writing() as connection:
        survey_id = await create_survey(
            connection, admin, space_id, Asked("茶与你 Tea and you", _QUESTIONS, _in(14), anonymous=True)
        )
        await open_survey(connection, admin, survey_id)
        questions = await connection.raw.fetch(
            """
            SELECT question.id, array_agg(choice.id ORDER BY choice.position) AS choices
            FROM survey_question AS question LEFT JOIN survey_choice AS choice ON question_id = question.id
            WHERE survey_id = $1 GROUP BY question.id ORDER BY question.position
            """,
            survey_id,
        )
    for member in members[: VOTERS // 2]:
        where, score = chance.choice(questions[0]["choices"]), min(10, max(0, round(chance.gauss(8, 2))))
        given = [Given(questions[0]["id"], [where]), Given(questions[1]["id"], number=float(score))]
        await submit_response(database, member, survey_id, given)


async def _product_test(
    database: Database, admin: Acting, space_id: int, members: Sequence[Caller], chance: random.Random
) -> None:
    showing = Showing("做哪一款杯子？ Which cup shall we make?", _DESIGNS, show_totals=True, discussed=True)
    async with database.writing() as connection:
        test_id = await create_product_test(connection, admin, space_id, showing)
        await open_product_test(connection, admin, test_id)
        variants = [
            row["id"]
            for row in await connection.raw.fetch(
                "SELECT id FROM variant WHERE product_test_id = $1 ORDER BY position", test_id
            )
        ]
        for member in members:
            liked = chance.choices(variants, (5, 3, 2))[0]
            await vote_for_variant(connection, member, liked)
            if chance.random() < FAVOURED:
                await favourite_variant(connection, member, liked)
            if chance.random() < ORDERED:
                await pre_order_variant(connection, member, liked, chance.randint(1, 3))


async def _campaign(database: Database, admin: Acting, space_id: int) -> None:
    plan = Plan(
        title="柴烧窑变壶 A wood-fired teapot",
        kind="ALL_OR_NOTHING",
        goal=Money("5000000", "CNY"),
        deadline=_in(30),
        body="三天三夜，一窑两百把。Three days and nights, two hundred in a kiln.",
        tiers=[
            Tier("一把壶 One pot", Money("68000", "CNY"), "160 ml。", 150),
            Tier("一壶四杯 A pot and four cups", Money("98000", "CNY"), "", 50),
        ],
    )
    async with database.writing() as connection:
        campaign_id = await create_backing_campaign(connection, admin, space_id, plan)
        await open_backing_campaign(connection, admin, campaign_id)


def _in(days: int) -> datetime:
    return now() + timedelta(days=days)
