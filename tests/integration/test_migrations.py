"""The schema: from nothing and back, and what the code believes is what is there."""

from __future__ import annotations

import json
import subprocess
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, create_engine, inspect, text

import tracker.tables
from tracker.db import alembic_config, new_id, plan
from tracker.settings import load_settings
from tracker.sla.ledger import chained


@pytest.fixture
def engine(empty_database: str) -> Any:
    """A database that has nothing in it but what the test puts there."""
    engine = create_engine(empty_database)
    with engine.begin() as connection:
        connection.execute(text("DROP SCHEMA public CASCADE"))
        connection.execute(text("CREATE SCHEMA public"))
    yield engine
    engine.dispose()


def upgrade(engine: Engine, revision: str = "head") -> None:
    url = engine.url.render_as_string(hide_password=False)
    command.upgrade(alembic_config(url), revision)


def downgrade(engine: Engine, revision: str = "base") -> None:
    url = engine.url.render_as_string(hide_password=False)
    command.downgrade(alembic_config(url), revision)


def rows(engine: Engine, statement: str) -> list[Any]:
    with engine.connect() as connection:
        return list(connection.execute(text(statement)))


def test_models_equal_migrations(engine: Engine) -> None:
    upgrade(engine)
    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "compare_server_default": True}
        )
        assert compare_metadata(context, tracker.tables.metadata) == []


def test_each_index_of_the_models_is_as_the_database_has_it(engine: Engine) -> None:
    """Alembic does not compare conditions and expressions of indexes: we do."""
    upgrade(engine)
    migrated = dict(
        rows(
            engine,
            "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname"
            " = 'public' AND tablename <> 'alembic_version'",
        )
    )
    downgrade(engine)
    script = ScriptDirectory.from_config(alembic_config(str(engine.url)))
    search = script.get_revision("0005").module
    with engine.begin() as connection:
        for function in (search._FOLD, search._VECTOR):
            connection.exec_driver_sql(function)
    tracker.tables.metadata.create_all(engine)
    modelled = dict(
        rows(
            engine,
            "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname"
            " = 'public' AND tablename <> 'alembic_version'",
        )
    )
    assert modelled == migrated


def test_a_downgrade_leaves_nothing(engine: Engine) -> None:
    upgrade(engine)
    assert len(inspect(engine).get_table_names()) > 10
    downgrade(engine)
    assert inspect(engine).get_table_names() == ["alembic_version"]
    assert rows(engine, "SELECT * FROM alembic_version") == []
    assert inspect(engine).get_sequence_names() == []


def test_each_step_can_be_taken_back_and_again(engine: Engine) -> None:
    script = ScriptDirectory.from_config(alembic_config(str(engine.url)))
    for step in reversed(list(script.walk_revisions())):
        upgrade(engine, step.revision)
        downgrade(engine, "-1")
        upgrade(engine, step.revision)
    [version] = rows(engine, "SELECT version_num FROM alembic_version")
    assert version[0] == script.get_current_head()


def test_an_upgrade_of_what_is_up_to_date_changes_nothing(engine: Engine) -> None:
    upgrade(engine)
    before = rows(engine, "SELECT id, created_at FROM sla_policies")
    upgrade(engine)
    assert rows(engine, "SELECT id, created_at FROM sla_policies") == before


def test_a_new_installation_promises_the_standard_targets(engine: Engine) -> None:
    upgrade(engine)
    [(targets, warnings, zone)] = rows(
        engine,
        "SELECT v.targets, v.warnings, c.timezone FROM sla_policies p"
        " JOIN sla_policy_versions v ON v.policy_id = p.id"
        " JOIN calendar_versions c ON c.id = v.response_calendar_version_id"
        " AND c.id = v.resolution_calendar_version_id"
        " WHERE p.is_default AND v.version = p.current_version",
    )
    hours = {
        priority: (
            target["response_seconds"] / 3600,
            target["resolution_seconds"] / 3600,
        )
        for priority, target in targets.items()
    }
    assert hours == {
        "critical": (1, 4),
        "high": (4, 24),
        "medium": (8, 72),
        "low": (24, 168),
    }
    assert (warnings, zone) == ([{"percent": 80}], "UTC")


def test_ledgers_from_before_the_chain_are_chained(engine: Engine) -> None:
    upgrade(engine, "0003")
    ids = [new_id(), new_id()]
    users = (
        "INSERT INTO users (id, email, name, role)"
        " VALUES (:first, 'a@example.com', 'A', 'agent')"
    )
    incidents = (
        "INSERT INTO incidents (id, title, status, priority, reporter_id)"
        " SELECT id, 'Disk full', 'open', 'low', :first"
        "   FROM unnest(ARRAY[:first, :second]) id"
    )
    entries = (
        "INSERT INTO sla_ledger (incident_id, at, type, data, actor_id)"
        " SELECT id, '2026-01-01T00:00:00.123456Z', 'noted',"
        "        jsonb_build_object('long key', n, 'key', 'Grüße | \"x\"'), :first"
        "   FROM generate_series(1, 3) n, unnest(ARRAY[:first, :second]) id"
    )
    with engine.begin() as connection:
        for statement in (users, incidents, entries):
            connection.execute(text(statement), {"first": ids[0], "second": ids[1]})
    upgrade(engine)
    found = rows(
        engine, "SELECT *, CAST(data AS text) AS data_text FROM sla_ledger ORDER BY seq"
    )
    last = dict.fromkeys(ids, b"")
    for entry in found:
        last[entry.incident_id] = chained(
            last[entry.incident_id], entry, entry.data_text
        )
        assert entry.hash == last[entry.incident_id]
    assert len(found) == 6


# --- Plans ----------------------------------------------------------------------------


def planned(engine: Engine, revision: str = "head") -> str:
    url = engine.url.render_as_string(hide_password=False)
    return plan(load_settings({"DATABASE_URL": url}), revision)


def functions(engine: Engine) -> set[str]:
    found = rows(
        engine,
        "SELECT pg_get_functiondef(p.oid) FROM pg_proc p"
        " LEFT JOIN pg_depend d ON d.objid = p.oid AND d.deptype = 'e'"
        " WHERE pronamespace = 'public'::regnamespace AND d.objid IS NULL"
        " UNION ALL SELECT pg_get_triggerdef(oid) FROM pg_trigger"
        " WHERE NOT tgisinternal",
    )
    return {row[0] for row in found}


def test_a_plan_is_what_a_migration_does(engine: Engine) -> None:
    upgrade(engine, "0003")
    pending = planned(engine)
    with engine.connect() as connection:
        raw = connection.connection.driver_connection
        assert raw
        raw.autocommit = True
        raw.execute(pending)
    by_plan = functions(engine)
    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "compare_server_default": True}
        )
        differences = compare_metadata(context, tracker.tables.metadata)
    nothing = planned(engine)
    downgrade(engine)
    upgrade(engine)

    assert differences == []
    assert nothing == ""
    assert by_plan == functions(engine)


def test_a_plan_changes_nothing(engine: Engine) -> None:
    assert "CREATE TABLE incidents" in planned(engine)
    assert inspect(engine).get_table_names() == []


# What locks a table for as long as it is large, or breaks the release that still runs.
UNSAFE = {
    "adding-field-with-default",
    "adding-foreign-key-constraint",
    "adding-not-nullable-field",
    "adding-required-field",
    "adding-serial-primary-key-field",
    "ban-drop-column",
    "ban-drop-database",
    "ban-drop-not-null",
    "ban-drop-table",
    "changing-column-type",
    "constraint-missing-not-valid",
    "disallowed-unique-constraint",
    "renaming-column",
    "renaming-table",
}
# The first release has these, and no installation has been through them with data.
BEFORE_THE_FIRST_RELEASE = "0014"


def unsafe(statements: str) -> set[str]:
    """The rules that these statements break, of those that we keep."""
    found = subprocess.run(
        ["squawk", "--reporter", "json", "--assume-in-transaction"],
        input=statements,
        capture_output=True,
        text=True,
        check=False,
    )
    return {one["rule_name"] for one in json.loads(found.stdout)} & UNSAFE


@pytest.mark.parametrize(
    "statement",
    [
        "ALTER TABLE incidents ADD COLUMN size integer NOT NULL;",
        "ALTER TABLE incidents ALTER COLUMN title TYPE varchar(20);",
        "ALTER TABLE incidents DROP COLUMN title;",
        "ALTER TABLE incidents RENAME COLUMN title TO name;",
        "ALTER TABLE incidents ADD CONSTRAINT some CHECK (priority <> '');",
    ],
)
def test_what_would_stop_the_product_is_found(statement: str) -> None:
    assert unsafe(statement)


def test_no_migration_since_the_first_release_stops_the_product(
    engine: Engine,
) -> None:
    upgrade(engine, BEFORE_THE_FIRST_RELEASE)
    assert not unsafe(planned(engine) or "SELECT 1;")
