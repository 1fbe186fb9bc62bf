import gzip
from collections.abc import Iterable
from pathlib import Path

import orjson
import pytest

from community.discussions.recount import recount
from community.exchange.errors import BadRecord, ImportStopped, SourceNotFound
from community.exchange.exporting import export_records
from community.exchange.importing import Summary, import_records
from community.exchange.interchange import read_interchange
from community.exchange.ldbc import read_ldbc
from community.exchange.records import KINDS, Record, make_record
from community.exchange.stackexchange import read_stackexchange
from community.foundation.database import Database
from tests.community.exchange.sources import HISTORY, LDBC, needs_history, needs_ldbc
from tests.factories.discussions import event_kinds, make_acting, make_comment, make_post, make_space, value

AT = "2020-05-01T10:00:00Z"


def member(name: str, **fields: object) -> Record:
    return make_record("member", {"handle": name, "display_name": name, "joined_at": AT, **fields}, name, name)


def post(name: str, **fields: object) -> Record:
    said = {"space": "茶", "author": "mei", "title": "怎么泡茶", "body": "水温多少？", "created_at": AT}
    return make_record("post", said | fields, name, name)


def comment(name: str, **fields: object) -> Record:
    said = {"author": "mei", "body": "九十度。", "created_at": AT}
    return make_record("comment", said | fields, name, name)


SPACE = make_record("space", {"slug": "茶", "name": "茶", "created_at": AT}, "space", "茶")


async def bring_in(database: Database, records: Iterable[Record | BadRecord], *, skip_bad: bool = False) -> Summary:
    return await import_records(database, "test", list(records), skip_bad=skip_bad)


async def exported(database: Database) -> bytes:
    return b"".join([lines async for _, _, lines in export_records(database)])


async def assert_counted_right(database: Database) -> None:
    async with database.reading() as connection:
        assert await recount(connection) == []


async def test_a_second_import_changes_nothing_and_says_so(database: Database) -> None:
    records = [member("mei"), SPACE, post("p", tags=["绿茶", "Green Tea"]), comment("c", post="p")]
    first = await bring_in(database, records)
    before, told = await exported(database), await event_kinds(database)
    second = await bring_in(database, records)
    assert first.total().created == 4
    assert (second.total().created, second.total().updated, second.total().unchanged) == (0, 0, 4)
    assert await exported(database) == before
    assert set(told) == {"RecordsBroughtIn"}, "of what happened elsewhere nobody is told now"
    assert await event_kinds(database) == told
    await assert_counted_right(database)


async def test_a_changed_record_changes_what_it_made_and_the_counters_with_it(database: Database) -> None:
    await bring_in(database, [member("mei"), member("lin"), SPACE, post("p", tags=["绿茶"]), comment("c", post="p")])
    changed = [post("p", tags=["红茶"], author="lin", title="改了"), comment("c", post="p", visibility=2)]
    summary = await bring_in(database, [member("mei"), member("lin"), SPACE, *changed])
    assert (summary.total().updated, summary.total().unchanged) == (2, 3)
    assert await value(database, "SELECT title FROM post") == "改了"
    tags = await value(database, "SELECT array_agg(name || post_count ORDER BY name) FROM tag")
    assert sorted(tags) == ["红茶1", "绿茶0"]  # type: ignore[call-overload] # a list of texts
    assert await value(database, "SELECT comment_count FROM post") == 0
    await assert_counted_right(database)


async def test_what_comes_too_early_waits_for_what_it_refers_to(database: Database) -> None:
    records = [
        *(comment("deep", parent="upper"), comment("upper", parent="top"), comment("top", post="p")),
        *(post("p"), SPACE, member("mei")),
    ]
    summary = await bring_in(database, records)
    assert summary.total().created == 6
    assert await value(database, "SELECT array_agg(depth::int ORDER BY depth) FROM comment") == [0, 1, 2]
    await assert_counted_right(database)


async def test_replies_deeper_than_the_deepest_stand_beside_it(database: Database) -> None:
    chain = [comment("c0", post="p"), *(comment(f"c{depth}", parent=f"c{depth - 1}") for depth in range(1, 61))]
    await bring_in(database, [member("mei"), SPACE, post("p"), *chain])
    assert await value(database, "SELECT max(depth) FROM comment") == 50
    assert await value(database, "SELECT count(*) FROM comment WHERE depth = 50") == 11
    await assert_counted_right(database)


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (comment("a", post="nowhere"), "'nowhere', which is not there"),
        (comment("a", parent="a"), "replies to itself"),
        (comment("a"), "neither a post nor a parent"),
        (comment("a", post="p", body=" \n "), "Say something"),
        (post("a", tags=["!?"]), "A tag has"),
        (member("MEI"), "taken"),
        (member("root"), "kept for the community"),
        (make_record("follow", {"follower": "mei", "member": "mei", "created_at": AT}, "f"), "the same"),
        (make_record("acceptance", {"post": "p", "comment": "other"}, "f"), "another post"),
    ],
)
async def test_a_bad_record_stops_the_import_or_is_skipped_with_its_reason(
    database: Database, bad: Record, reason: str
) -> None:
    good = [member("mei"), SPACE, post("p"), post("q"), comment("other", post="q")]
    await bring_in(database, good)
    before = await exported(database)
    with pytest.raises(ImportStopped, match=reason):
        await bring_in(database, [bad])
    assert await exported(database) == before
    summary = await bring_in(database, [bad, member("later")], skip_bad=True)
    assert (summary.total().skipped, summary.total().created) == (1, 1)
    assert reason in summary.problems[0]
    await assert_counted_right(database)


async def test_comments_that_reply_in_a_circle_are_refused(database: Database) -> None:
    circle = [comment("a", parent="b"), comment("b", parent="a")]
    summary = await bring_in(database, [member("mei"), *circle], skip_bad=True)
    assert summary.of("comment").skipped == 2
    assert await value(database, "SELECT count(*) FROM comment") == 0


async def test_an_id_that_stands_twice_is_refused(database: Database) -> None:
    summary = await bring_in(database, [member("mei"), SPACE, member("mei", bio="another")], skip_bad=True)
    assert (summary.of("member").created, summary.of("member").skipped) == (1, 1)
    assert "twice" in summary.problems[0]


async def test_a_stopped_import_goes_on_where_it_stopped(database: Database) -> None:
    first = [member("mei"), SPACE]
    with pytest.raises(ImportStopped):
        await bring_in(database, [*first, post("p"), post("bad", tags=["?"])])
    assert await value(database, "SELECT count(*) FROM post") == 0
    summary = await bring_in(database, [*first, post("p"), post("bad")])
    assert (summary.total().unchanged, summary.total().created) == (2, 2)


async def test_hostile_lines_are_refused_each_with_its_place(tmp_path: Path, database: Database) -> None:
    def line(**fields: object) -> bytes:
        said = {"kind": "member", "id": "x", "handle": "xu", "display_name": "徐", "joined_at": AT}
        return orjson.dumps(said | fields)

    file = tmp_path / "hostile.jsonl"
    lines = [
        b"{",
        b"[]",
        b'{"kind": "member", "id": "s", "handle": "\\ud800", "display_name": "s", "joined_at": "2020-01-01"}',
        line(display_name="a\0b"),
        line(joined_at="9999-12-31"),
        line(joined_at="0001-01-01T00:00:00+14:00"),
        line(joined_at="yesterday"),
        line(locale="tlh"),
        line(password="secret"),
        line(kind="robot"),
        line(handle=7),
        line(id=""),
        b'{"kind": "' + b"x" * 5_000_000 + b'"}',
        b"\xff\xfe",
        line(),
    ]
    file.write_bytes(b"\n".join(lines))
    summary = await bring_in(database, read_interchange(file), skip_bad=True)
    assert summary.total().created == 1
    assert summary.total().skipped == len(lines) - 1
    assert [problem.split(":")[0] for problem in summary.problems] == [
        f"hostile.jsonl, line {number}" for number in range(1, len(lines))
    ]


async def test_an_export_comes_back_as_the_same_bytes_and_shows_no_secret(tmp_path: Path, database: Database) -> None:
    author, other = await make_acting(database, "mei"), await make_acting(database, "林山")
    space_id = await make_space(database, access="PRIVATE", members=(author,), moderators=(other,))
    post_id = await make_post(database, author, space_id, tags=("绿茶", "spring"), body="**好**茶 👍🏽\n\n- 一\n- 二")
    comment_id = await make_comment(database, author, post_id)
    await make_comment(database, author, post_id, parent_id=comment_id)
    async with database.writing() as connection:
        await connection.raw.execute("UPDATE post SET accepted_comment_id = $1, view_count = 7", comment_id)
        await connection.raw.execute(
            "UPDATE comment SET visibility = 2, hidden_by = $1, hidden_at = now()", other.member_id
        )
        await connection.raw.execute("INSERT INTO follow VALUES ($1, $2)", author.member_id, other.member_id)
        await connection.raw.execute("INSERT INTO post_reaction VALUES ($1, $2, 1)", post_id, other.member_id)
    first = await exported(database)
    assert b"example.com" not in first
    assert b"argon2" not in first
    file = tmp_path / "all.jsonl.gz"
    file.write_bytes(gzip.compress(first))
    async with database.reading() as connection:
        await connection.raw.execute("CALL as_migrated.restore()")
    await import_records(database, "interchange", read_interchange(file))
    assert await exported(database) == first
    await assert_counted_right(database)
    again = await import_records(database, "interchange", read_interchange(file))
    assert (again.total().created, again.total().updated) == (0, 0)


async def test_a_community_reads_its_own_export_without_making_anything_twice(
    tmp_path: Path, database: Database
) -> None:
    author = await make_acting(database, "mei")
    await make_post(database, author, await make_space(database))
    first = await exported(database)
    file = tmp_path / "own.jsonl"
    file.write_bytes(first)
    summary = await import_records(database, "interchange", read_interchange(file))
    assert summary.total().created == 0
    assert await exported(database) == first


def test_a_dump_that_declares_entities_is_refused(tmp_path: Path) -> None:
    bomb = '<!DOCTYPE p [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><users><row Id="1" DisplayName="&b;"/></users>'
    (tmp_path / "Users.xml").write_text(bomb, encoding="utf-8")
    (tmp_path / "Posts.xml").write_text("<posts/>", encoding="utf-8")
    found = [each for each in read_stackexchange(tmp_path, "s") if isinstance(each, BadRecord)]
    assert "entity" in found[0].reason


def test_a_dump_whose_document_type_is_a_file_reads_no_file(tmp_path: Path) -> None:
    (tmp_path / "secret.dtd").write_text('<!ENTITY x "secret">', encoding="utf-8")
    (tmp_path / "Users.xml").write_text(
        '<!DOCTYPE users SYSTEM "secret.dtd"><users><row Id="1" DisplayName="Ann" CreationDate="2020-01-01"/></users>',
        encoding="utf-8",
    )
    (tmp_path / "Posts.xml").write_text("<posts><row Id='1' PostTypeId='1'></posts>", encoding="utf-8")
    found = list(read_stackexchange(tmp_path, "s"))
    assert isinstance(found[0], Record)
    assert found[0].fields["handle"] == "Ann"
    assert any(isinstance(each, BadRecord) and "not XML" in each.reason for each in found)


def test_a_dump_with_an_endless_row_is_given_up(tmp_path: Path) -> None:
    (tmp_path / "Users.xml").write_text(f'<users><row Id="1" AboutMe="{"x" * 9_000_000}"/></users>', encoding="utf-8")
    (tmp_path / "Posts.xml").write_text("<posts/>", encoding="utf-8")
    found = list(read_stackexchange(tmp_path, "s"))
    assert isinstance(found[0], BadRecord)
    assert "a row of more than" in found[0].reason


def test_a_folder_without_a_dump_says_which_file_is_missing(tmp_path: Path) -> None:
    with pytest.raises(SourceNotFound, match="Users"):
        list(read_stackexchange(tmp_path, "s"))


@needs_history
async def test_a_real_dump_comes_in_whole_and_a_second_time_changes_nothing(database: Database) -> None:
    async def run() -> Summary:
        records = read_stackexchange(HISTORY, "history")
        return await import_records(database, "stackexchange", records, may_rename=True, from_html=True)

    first = await run()
    async with database.reading() as connection:
        counts = await connection.raw.fetchrow(
            """
            SELECT (SELECT count(*) FROM post), (SELECT count(*) FROM comment WHERE imported_score IS NOT NULL),
                (SELECT count(*) FROM comment WHERE parent_id IS NOT NULL) > 1000,
                (SELECT count(*) FROM post WHERE accepted_comment_id IS NOT NULL),
                (SELECT count(*) FROM post WHERE locked_at IS NOT NULL),
                (SELECT post_count FROM tag WHERE name = 'discussion'),
                (SELECT count(*) FROM member WHERE imported_reputation IS NOT NULL)
            """
        )
    assert counts is not None
    assert tuple(counts) == (556, 1_095 + 3_454, True, 181, 8, 468, 2_295)
    assert first.of("badge").read == 4_931
    await assert_counted_right(database)
    again = await run()
    assert (again.total().created, again.total().updated) == (0, 0)
    accepted_elsewhere = await value(
        database,
        "SELECT count(*) FROM post JOIN comment ON comment.id = accepted_comment_id WHERE comment.post_id <> post.id",
    )
    assert accepted_elsewhere == 0


@needs_ldbc
async def test_the_ldbc_sample_comes_in_whole_with_threads_and_authors(database: Database) -> None:
    summary = await import_records(database, "ldbc", read_ldbc(LDBC), may_rename=True)
    read = {kind: tally.created for kind, tally in summary.kinds.items()}
    assert read == {
        "member": 222,
        "follow": 2 * 825,
        "space": 805,
        "role": 805,
        "space_member": 3_584,
        "post": 5_924,
        "comment": 2_218,
        "post_reaction": 759,
        "comment_reaction": 624,
    }
    await assert_counted_right(database)
    again = await import_records(database, "ldbc", read_ldbc(LDBC), may_rename=True)
    assert (again.total().created, again.total().updated, again.total().skipped) == (0, 0, 0)


def test_the_manual_names_every_kind_and_field() -> None:
    manual = (Path(__file__).parents[3] / "docs" / "interchange.md").read_text(encoding="utf-8")
    rows = {line.split("`")[1]: line for line in manual.splitlines() if line.startswith("| `")}
    assert list(rows) == list(KINDS)
    for kind, known in KINDS.items():
        for name, each in known.fields.items():
            assert (f"**{name}**" if each.required else name) in rows[kind] or name == "under"


async def test_who_alone_has_a_name_keeps_it_and_those_who_share_one_are_told_apart(database: Database) -> None:
    named = {"1": "Ann", "2": "ann", "3": "ann.2", "4": "ann.4", "5": "ann", "6": "root", "7": "梅子"}
    records = [
        make_record("member", {"handle": handle, "display_name": handle, "joined_at": AT}, number, number)
        for number, handle in named.items()
    ]
    for _ in range(2):
        summary = await import_records(database, "test", records, may_rename=True)
        assert summary.total().skipped == 0
        async with database.reading() as connection:
            rows = await connection.raw.fetch(
                "SELECT external_id, handle FROM import_origin JOIN member ON member.id = subject_id ORDER BY 1"
            )
        found = {row["external_id"]: row["handle"] for row in rows}
        assert [found[number] for number in "13467"] == ["Ann", "ann.2", "ann.4", "root.6", "梅子"]
        assert found["2"] == "member.2"
        assert found["5"] == "ann.5"
