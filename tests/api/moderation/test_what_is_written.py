"""Whatever a member can write that others read, the community's rules are asked of; the schema says what there is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from graphql import GraphQLInputObjectType, GraphQLList, GraphQLNonNull

from community.cocreation.surveys.asking import AskedQuestion
from community.discussions.spaces import create_space
from community.foundation.database import Database
from community.members.acting import Acting
from community.members.roles import Role
from tests.api.conftest import Client
from tests.api.members.test_accounts import STRONG
from tests.api.moderation.moderating import codes, queue
from tests.api.moderation.ruling import make_rule, rule_of
from tests.api.moderation.strings import SCREENED, TABLES, paths_in
from tests.factories.contents import contents
from tests.factories.discussions import make_acting, make_comment, make_post, make_space, value
from tests.factories.ideas import make_amendment, make_board, make_idea, post_of
from tests.factories.rounds import make_round, proposing
from tests.factories.surveys import make_survey, questions_of

KINDS = ["POST", "COMMENT", "PROFILE", "AMENDMENT", "OPTION", "SPACE"]
WORDS = {"keywords": {"words": ["加薇信", "jiaweixin"]}}
REFUSES = {"action": "REFUSE", "messageEn": "Not here.", "messageZh": "请勿在此。"}


def strings(type_: Any, path: tuple[str, ...] = (), within: tuple[str, ...] = ()) -> Iterator[str]:
    """Yield the paths of all texts in an input; of what is within its like, once."""
    while isinstance(type_, GraphQLNonNull | GraphQLList):
        type_ = type_.of_type
    if isinstance(type_, GraphQLInputObjectType):
        for name, field in type_.fields.items() if type_.name not in within else ():
            yield from strings(field.type, (*path, name), (*within, type_.name))
    elif str(type_.name) == "String" and path[-1] != "clientMutationId":
        yield ".".join(path)


def test_of_every_text_that_a_mutation_takes_it_is_said_whether_it_is_screened(graphql: Client) -> None:
    mutations = graphql.application.executor.schema.mutation_type
    assert mutations is not None
    taken = [
        f"{name}.{path}"
        for name, field in mutations.fields.items()
        for argument in field.args.values()
        for path in strings(argument.type)
    ]

    said = [path for table in TABLES.values() for path in paths_in(table)]

    assert sorted(said) == sorted(taken)


async def _inputs(database: Database, author: Acting) -> dict[str, dict[str, Any]]:
    """Make all that can be written about; return for each mutation an input that is let in."""
    staff, other = await make_acting(database, roles=(Role.ADMIN,)), await make_acting(database)
    space = await make_space(database)
    async with database.writing() as connection:
        await connection.raw.execute("UPDATE level_policy SET creates_spaces = true")
        own = await create_space(connection, author, slug="my-own-茶", name="茶席")
    post = await make_post(database, author, space)
    board = await make_board(database, staff, space)
    idea = await make_idea(database, other, board)
    mine = await make_idea(database, author, board, title="我的点子")
    amendment = await make_amendment(database, other, mine)
    question = AskedQuestion("TEXT", "为什么？")
    survey = await make_survey(database, staff, space, questions=[question], anonymous=True)
    return {
        "signUp": {"handle": "new.leaf", "email": "new@example.org", "password": STRONG, "locale": "zh"},
        "verifyEmail": {"token": "0" * 43},
        "updateProfile": {"bio": "喝茶"},
        "createSpace": {"slug": "oolong", "name": "乌龙"},
        "updateSpace": {"space": f"space_{own}"},
        "createPost": {"space": f"space_{space}", "title": "茶", "body": "好茶"},
        "editPost": {"post": f"post_{post}", "body": "更好的茶"},
        "createComment": {"post": f"post_{post}", "body": "好"},
        "editComment": {"comment": f"comment_{await make_comment(database, author, post)}", "body": "更好"},
        "proposeOption": {
            "round": f"round_{await make_round(database, staff, space, **proposing())}",
            "title": "白茶",
        },
        "submitSurveyResponse": {
            "survey": f"survey_{survey}",
            "answers": [{"question": f"survey_question_{(await questions_of(database, survey))[0]}", "text": "好喝"}],
        },
        "createIdea": {"board": f"idea_board_{board}", "title": "茶杯", "body": "大一点"},
        "proposeAmendment": {"idea": f"idea_{idea}", "body": "大一点"},
        "declineAmendment": {"amendment": f"amendment_{amendment}"},
    }


def _saying(given: dict[str, Any], path: list[str], said: str) -> dict[str, Any]:
    """Return an input that says something at a path."""
    name, *rest = path
    if rest:
        return {**given, name: [_saying(each, rest, said) for each in given[name]]}
    return {**given, name: [said] if name == "tags" else said}


async def test_a_rule_is_asked_of_each_text_that_is_said_to_be_screened(graphql: Client, database: Database) -> None:
    moderator, author = await make_acting(database, roles=(Role.MODERATOR,)), await make_acting(database)
    inputs = await _inputs(database, author)
    await make_rule(graphql, moderator, WORDS, **REFUSES, kinds=[*KINDS, "ANSWER"])
    await graphql.token(author)
    before = await contents(database)
    answered = {}

    for path in paths_in(SCREENED):
        name, _, field = path.partition(".")
        signed_in = None if name in {"signUp", "verifyEmail"} else author
        said = "jiaweixin" if field == "handle" else "https://jiaweixin.cn" if field == "websiteUrl" else "加薇信"
        payload = await graphql.change(name, "", as_=signed_in, **_saying(inputs[name], field.split("."), said))
        answered[path] = codes(payload)

    assert {path for path, refused in answered.items() if refused != ["REFUSED_BY_RULE"]} == set(), answered
    await graphql.application.screening.matches.flush()
    after = await contents(database)
    untouched = set(before) - {"rule_match"}
    assert {name for name in untouched if before[name] != after[name]} == set()
    # Of who answers and of who is nobody yet nothing is kept.
    assert await value(database, "SELECT count(*) FROM rule_match WHERE NOT shadow") == len(paths_in(SCREENED)) - 4
    for name, given in inputs.items():
        if name != "verifyEmail":
            signed_in = None if name == "signUp" else author
            assert codes(await graphql.change(name, "", as_=signed_in, **given)) == [], name


async def test_what_cannot_be_held_is_reported_by_who_wrote_it_with_what_they_wrote(
    graphql: Client, database: Database
) -> None:
    moderator, author = await make_acting(database, roles=(Role.MODERATOR,)), await make_acting(database)
    inputs = await _inputs(database, author)
    rule = await make_rule(graphql, moderator, WORDS, "REPORT", kinds=["AMENDMENT", "OPTION", "SPACE"])

    amendment = await graphql.change(
        "proposeAmendment",
        "amendment { id }",
        as_=author,
        **_saying(inputs["proposeAmendment"], ["reason"], "加薇信 甲"),
    )
    option = await graphql.change(
        "proposeOption", "option { id }", as_=author, **_saying(inputs["proposeOption"], ["title"], "加薇信 乙")
    )
    space = await graphql.change(
        "updateSpace", "space { id }", as_=author, **_saying(inputs["updateSpace"], ["rules"], "加薇信 丙")
    )

    assert [codes(each) for each in (amendment, option, space)] == [[]] * 3
    (case,) = await queue(graphql, moderator)
    assert (case["kind"], case["subject"]["id"], case["reportCount"]) == ("REPORTED", f"member_{author.member_id}", 3)
    bodies = [report["body"] for report in case["reports"]["nodes"]]
    assert [sum(word in body for body in bodies) for word in ("加薇信 甲", "加薇信 乙", "加薇信 丙")] == [1, 1, 1]
    subjects = {match["subject"]["id"] for match in (await rule_of(graphql, moderator, rule))["matches"]["nodes"]}
    assert subjects == {amendment["amendment"]["id"], option["option"]["id"], space["space"]["id"]}


async def test_a_rule_of_a_space_is_asked_of_what_is_proposed_and_answered_there_alone(
    graphql: Client, database: Database
) -> None:
    moderator, author = await make_acting(database, roles=(Role.MODERATOR,)), await make_acting(database)
    inputs = await _inputs(database, author)
    here, elsewhere = inputs["createPost"]["space"], f"space_{await make_space(database)}"
    said = {
        "proposeOption": "title",
        "proposeAmendment": "reason",
        "declineAmendment": "why",
        "submitSurveyResponse": "answers.text",
    }

    async def refused() -> list[list[str]]:
        return [
            codes(await graphql.change(name, "", as_=author, **_saying(inputs[name], path.split("."), "加薇信")))
            for name, path in said.items()
        ]

    await make_rule(graphql, moderator, WORDS, **REFUSES, kinds=["AMENDMENT", "OPTION", "ANSWER"], space=here)
    assert await refused() == [["REFUSED_BY_RULE"]] * 4
    await graphql(
        "mutation($input: SetRuleStateInput!) { setRuleState(input: $input) { userErrors { code } } }",
        {"input": {"rule": f"rule_{await value(database, 'SELECT max(id) FROM rule')}", "state": "OFF"}},
        as_=moderator,
    )
    await make_rule(graphql, moderator, WORDS, **REFUSES, kinds=["AMENDMENT", "OPTION", "ANSWER"], space=elsewhere)
    assert await refused() == [[]] * 4


async def test_an_amendment_that_is_accepted_is_asked_about_as_an_edit(graphql: Client, database: Database) -> None:
    moderator, author = await make_acting(database, roles=(Role.MODERATOR,)), await make_acting(database)
    other, space = await make_acting(database), await make_space(database)
    idea = await make_idea(database, author, await make_board(database, await _admin(database), space))
    amendment = await make_amendment(database, other, idea, body="请加薇信")
    await make_rule(graphql, moderator, WORDS)

    accepted = await graphql.change(
        "acceptAmendment", "amendment { state }", as_=author, amendment=f"amendment_{amendment}"
    )

    assert (codes(accepted), accepted["amendment"]) == ([], {"state": "ACCEPTED"})
    (case,) = await queue(graphql, moderator)
    assert (case["kind"], case["subject"]["id"]) == ("HELD", f"post_{await post_of(database, idea)}")


async def _admin(database: Database) -> Acting:
    return await make_acting(database, roles=(Role.ADMIN,))


async def test_who_is_refused_at_sign_up_is_told_in_their_language_and_nothing_is_kept(
    graphql: Client, database: Database
) -> None:
    moderator = await make_acting(database, roles=(Role.MODERATOR,))
    condition = {"all": [WORDS, {"account_age": {"under": 60}}, {"first_posts": {"first": 1}}]}
    await make_rule(graphql, moderator, condition, **REFUSES, kinds=["PROFILE"])
    given = {"handle": "new.leaf", "email": "new@example.org", "password": STRONG, "displayName": "加薇信"}

    chinese = await graphql.change("signUp", "", as_=None, **given, locale="zh")
    english = await graphql.change("signUp", "", as_=None, **given, locale="en")

    said = [[error["message"] for error in payload["userErrors"]] for payload in (chinese, english)]
    assert said == [["请勿在此。"], ["Not here."]]
    assert await value(database, "SELECT count(*) FROM sign_up") == 0


async def test_of_many_long_answers_the_last_is_asked_about_as_well(graphql: Client, database: Database) -> None:
    staff, author = await make_acting(database, roles=(Role.ADMIN,)), await make_acting(database)
    questions = [AskedQuestion("TEXT", f"第 {number} 个问题") for number in range(8)]
    survey = await make_survey(database, staff, await make_space(database), questions=questions)
    await make_rule(graphql, staff, WORDS, **REFUSES, kinds=["ANSWER"])
    texts = ["茶" * 4_900] * 7 + ["请加薇信"]
    answers = [
        {"question": f"survey_question_{question}", "text": text}
        for question, text in zip(await questions_of(database, survey), texts, strict=True)
    ]

    payload = await graphql.change("submitSurveyResponse", "", as_=author, survey=f"survey_{survey}", answers=answers)

    assert codes(payload) == ["REFUSED_BY_RULE"]
    assert await value(database, "SELECT count(*) FROM survey_response") == 0
