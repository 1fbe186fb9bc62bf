import pytest
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, insert
from sqlalchemy.types import TypeDecorator

from community.foundation import statements
from community.foundation.statements import UnsupportedStatement, compile_for_many, compile_statement

tables = sa.MetaData()


class Shouted(TypeDecorator[str]):
    impl = sa.Text
    cache_ok = True


tea = sa.Table(
    "tea",
    tables,
    sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
    sa.Column("name", sa.Text),
    sa.Column("data", JSONB),
    sa.Column("grade", sa.Text, default="ordinary"),
    sa.Column("shout", Shouted),
)
cup = sa.Table("cup", tables, sa.Column("id", sa.BigInteger, primary_key=True), sa.Column("name", sa.Text))


def test_statements_that_differ_only_in_values_are_compiled_once() -> None:
    compile_statement(sa.select(cup.c.id).where(cup.c.name == "龙井").limit(1))
    remembered = len(statements._compiled)

    sql, values = compile_statement(sa.select(cup.c.id).where(cup.c.name == "普洱").limit(7))

    assert len(statements._compiled) == remembered
    assert "$2" in sql
    assert values == ["普洱", 7]


def test_named_parameters_fill_a_statement_kept_for_many_calls() -> None:
    statement = sa.select(cup.c.id).where(cup.c.id == sa.any_(sa.bindparam("ids", type_=ARRAY(sa.BigInteger))))

    first, second = compile_statement(statement, {"ids": [1]}), compile_statement(statement, {"ids": [2, 3]})

    assert first[0] == second[0]
    assert (first[1], second[1]) == ([[1]], [[2, 3]])


def test_parameters_name_the_columns_of_an_insert() -> None:
    sql, values = compile_statement(sa.insert(cup), {"name": "盖碗", "id": 3})

    assert sql == "INSERT INTO cup (id, name) VALUES ($1::BIGINT, $2::VARCHAR)"
    assert values == [3, "盖碗"]


def test_an_insert_returns_only_what_it_is_asked_for() -> None:
    asked = compile_statement(sa.insert(cup).values(name="a").returning(cup.c.id))[0]
    not_asked = compile_statement(sa.insert(cup).values(name="a"))[0]

    assert "RETURNING cup.id" in asked
    assert "RETURNING" not in not_asked


def test_values_go_in_their_order_also_where_a_list_is_spread() -> None:
    sql, values = compile_statement(sa.select(cup.c.id).where(cup.c.id.in_([5, 6]), cup.c.name == "x"))

    places = {f"${place}": value for place, value in enumerate(values, 1)}
    inside = sql.split("IN (")[1].split(")")[0]
    assert [places[part.strip().split("::")[0]] for part in inside.split(",")] == [5, 6]


def test_a_percent_sign_stays_one() -> None:
    assert compile_statement(sa.text("SELECT 7 % :n, '%'"), {"n": 4}) == ("SELECT 7 % $1, '%'", [4])


def test_upserts_keep_both_values() -> None:
    statement = insert(cup).values(id=1, name="a").on_conflict_do_update(index_elements=["id"], set_={"name": "b"})

    assert compile_statement(statement)[1] == [1, "a", "b"]


def test_many_sets_are_bound_by_name_and_not_by_order() -> None:
    sql, values = compile_for_many(sa.insert(cup), [{"id": 1, "name": "a"}, {"name": "b", "id": 2}])

    assert sql.count("$") == 2
    assert values == [[1, "a"], [2, "b"]]


def test_a_default_made_in_python_is_refused_instead_of_forgotten() -> None:
    with pytest.raises(UnsupportedStatement, match=r"tea\.grade"):
        compile_statement(sa.insert(tea).values(name="x"))


def test_a_type_that_converts_in_python_is_refused_instead_of_skipped() -> None:
    with pytest.raises(UnsupportedStatement, match="Shouted"):
        compile_statement(sa.select(tea.c.id).where(tea.c.shout == "x"))


def test_a_refused_statement_is_refused_every_time() -> None:
    for _ in range(2):
        with pytest.raises(UnsupportedStatement):
            compile_statement(sa.insert(tea).values(name="y", shout="z"))
