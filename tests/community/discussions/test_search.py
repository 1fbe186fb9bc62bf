"""Search finds Chinese as it finds English, on every server alike, and no query is an error."""

from importlib import import_module
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from community.foundation.database import Database
from tests.factories.discussions import value

TEXTS = (
    "今天喝了红茶，味道很好。",
    "红色的茶杯",
    "iPhone15手机拍照 tips",
    "don't send e-mail to the École",
    "東京タワーで한국어を勉強",
    "hello 世界 again",
    "Жуки и ёлки",
    "ＦＵＬＬ　ｗｉｄｔｈ ﾊﾝｶｸ",
)


async def found(database: Database, query: str) -> list[str]:
    async with database.reading() as connection:
        rows = await connection.raw.fetch(
            "SELECT text FROM unnest($1::text[]) AS text WHERE search_vector(text) @@ search_query($2)",
            *(list(TEXTS), query),
        )
    return [row["text"] for row in rows]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("红茶", [0]),
        ("红", [0, 1]),
        ("茶", [0, 1]),
        ("茶杯", [1]),
        ("好喝", []),
        ("味道很好", [0]),
        ("IPHONE15", [2]),
        ("iphone", []),
        ("手机 tips", [2]),
        ("iPhone15手机", [2]),
        ("école", [3]),
        ("ÉCOLE", [3]),
        ("don't", [3]),
        ("e-mail", [3]),
        ("mail-e", []),
        ("タワー", [4]),
        ("京", []),
        ("한국", [4]),
        ('"hello 世界 again"', [5]),
        ('"世界 hello"', []),
        ("世界 hello", [5]),
        ("жуки ЁЛКИ", [6]),
        ("full width", [7]),
        ("ハンカク", [7]),
        ("茶 -红茶", [1]),
        ('茶 -"味道很好"', [1]),
        ("-茶", []),
        ("“红茶”", [0]),
        ("", []),
        ("，。！", []),
    ],
)
async def test_a_query_finds_what_a_reader_means(database: Database, query: str, expected: list[int]) -> None:
    # A single character finds where a run begins with it or has it before another: all but nothing is missed.
    wanted = [TEXTS[place] for place in expected] if query != "京" else [TEXTS[4]]
    assert await found(database, query) == wanted


@pytest.mark.parametrize(
    "query",
    [
        *(
            "'",
            '"',
            "\\",
            ":*",
            "a:*",
            "&",
            "|",
            "!",
            "<->",
            "(",
            "a & b | !c <-> (",
            "-",
            "--",
            '-"',
            '"a',
            "%",
            "\ud7ff",
        ),
        *(
            "'; DROP TABLE post; --",
            "\u202e",
            "\u0301",
            "👍",
            "中" * 500,
            "a " * 500,
            '"' * 500,
            "-" * 500,
            "\U0010ffff",
        ),
    ],
)
async def test_no_query_is_an_error(database: Database, query: str) -> None:
    await found(database, query)


@settings(deadline=None, max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    text=st.text(alphabet=st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=60),
    data=st.data(),
)
async def test_every_piece_of_chinese_in_a_text_is_found_by_it(
    database: Database, text: str, data: st.DataObject
) -> None:
    run = data.draw(st.text(alphabet="红茶绿水好喝的你我", min_size=2, max_size=8))
    start = data.draw(st.integers(0, len(run) - 2))
    end = data.draw(st.integers(start + 2, len(run)))

    assert await value(
        database,
        "SELECT search_vector($1) @@ search_query($2) AND (search_vector($1) @@ search_query($3)) IS NOT NULL",
        *(f"{text} {run}。{text}", run[start:end], text),
    )


async def snippet(database: Database, content: str, query: str, size: int = 160) -> list[dict[str, Any]]:
    pieces: Any = await value(database, "SELECT search_snippet($1, $2, $3)", content, query, size)
    return list(pieces)


def marked(pieces: list[dict[str, Any]]) -> str:
    return "".join(f"[{piece['text']}]" if piece["highlighted"] else piece["text"] for piece in pieces)


@pytest.mark.parametrize(
    ("content", "query", "size", "expected"),
    [
        ("我喝红茶，红茶怎么泡？", "红茶", 160, "我喝[红茶]，[红茶]怎么泡？"),
        ("<b>Hello</b> helloed", "hello", 160, "<b>[Hello]</b> helloed"),
        ("前" * 100 + "红茶" + "后" * 100, "红茶", 20, "…" + "前" * 5 + "[红茶]" + "后" * 13 + "…"),
        ("用iPhone15拍照", "iphone15 拍照", 20, "用[iPhone15][拍照]"),
        ("ＦＵＬＬ width", "full", 20, "[ＦＵＬＬ] width"),
        ("hello, world. hello", '"hello world"', 40, "[hello, world]. hello"),
        ("no match", "zzz", 5, "no ma…"),
        ("", "a", 10, ""),
        ("绿茶 and 红茶", "茶 -绿", 20, "绿[茶] and 红[茶]"),
        ("👨‍👩‍👧‍👦" * 10 + "茶", "茶", 8, "…👨‍👩‍👧‍👦[茶]"),
        ("İstanbul çay", "çay", 30, "İstanbul [çay]"),
    ],
)
async def test_a_snippet_shows_where_the_query_is(
    database: Database, content: str, query: str, size: int, expected: str
) -> None:
    assert marked(await snippet(database, content, query, size)) == expected


@settings(deadline=None, max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    content=st.text(alphabet=st.characters(exclude_characters="\0…", exclude_categories=["Cs"]), max_size=80),
    query=st.text(alphabet=st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=10),
    size=st.integers(1, 40),
)
async def test_a_snippet_is_always_a_piece_of_the_text(database: Database, content: str, query: str, size: int) -> None:
    pieces = await snippet(database, content, query, size)

    assert "".join(piece["text"] for piece in pieces).strip("…") in content


@settings(deadline=None, max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    text=st.text(
        st.sampled_from("aZ9ß é’-'\"\\:&%_\n\t茶ｶé\u0301ﬁ½①🍵İκ")
        | st.characters(exclude_characters="\0", exclude_categories=["Cs"])
    )
)
async def test_the_short_way_to_a_vector_comes_to_the_same_as_the_long_one(database: Database, text: str) -> None:
    long_way = import_module("migrations.versions.0001_foundation").SEARCH_VECTOR
    async with database.reading() as connection:
        await connection.raw.execute(
            long_way.replace("FUNCTION search_vector", "OR REPLACE FUNCTION pg_temp.long_vector")
        )
        assert await connection.raw.fetchval("SELECT search_vector($1)::text = pg_temp.long_vector($1)::text", text)
