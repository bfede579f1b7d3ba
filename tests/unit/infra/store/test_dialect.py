"""One text of SQL becomes what each database wants to hear."""

from __future__ import annotations

from infra.store.dialect import (
    migrations,
    postgres_statement,
    postgres_tables,
    sqlite_insert,
    sqlite_statement,
    sqlite_tables,
)


def test_an_insertion_is_repeated_by_sqlite_and_given_whole_to_postgres() -> None:
    sql = "INSERT INTO state ROWS(TEXT, BLOB) ON CONFLICT DO NOTHING"
    assert sqlite_insert(sql) == "INSERT INTO state VALUES (?, ?) ON CONFLICT DO NOTHING"
    assert postgres_statement(sql) == (
        b"INSERT INTO state SELECT * FROM unnest(%s::TEXT[], %s::BYTEA[]) ON CONFLICT DO NOTHING",
        (("TEXT", "BLOB"),),
    )


def test_a_list_of_values_is_json_for_sqlite_and_an_array_for_postgres() -> None:
    sql = "SELECT 1 FROM state WHERE stage = ? AND key IN (ROWS(TEXT))"
    assert sqlite_statement(sql).endswith("key IN (SELECT value FROM json_each(?))")
    text, rows = postgres_statement(sql)
    assert text.endswith(b"stage = %s AND key = ANY(%s::TEXT[])")
    assert rows == (("TEXT",),)


def test_several_tables_of_rows_keep_their_order() -> None:
    sql = "DELETE FROM t WHERE (a, b) IN (ROWS(TEXT, INTEGER)) AND c NOT IN (ROWS(REAL, TEXT))"
    assert sqlite_statement(sql).count("SELECT value ->> 0, value ->> 1 FROM json_each(?)") == 2
    assert postgres_statement(sql)[1] == (("TEXT", "INTEGER"), ("REAL", "TEXT"))


def test_each_database_gets_its_own_sections_of_a_migration_in_its_own_words() -> None:
    text = (
        "-- [sqlite] The log.\nCREATE TABLE log(at INTEGER);\n"
        "-- [both] State.\nCREATE TABLE state(key TEXT PRIMARY KEY, value BLOB) WITHOUT ROWID;\n"
        "-- [postgres] Where we are.\nCREATE TABLE migration(number INTEGER);\n"
    )
    assert "migration" not in sqlite_tables(text)
    assert "WITHOUT ROWID" in sqlite_tables(text)
    state, migration = postgres_tables(text)
    assert state.endswith('CREATE TABLE state(key TEXT COLLATE "C" PRIMARY KEY, value BYTEA)')
    assert migration.endswith("CREATE TABLE migration(number BIGINT)")


def test_migrations_are_numbered_from_one_without_gaps() -> None:
    assert [step.number for step in migrations()] == list(range(1, len(migrations()) + 1))
