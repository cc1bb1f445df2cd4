"""Every statement names its workspace, or stands in a list with a reason."""

import importlib
import pkgutil
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import pytest
from sqlalchemy import BindParameter, Column, Insert, Table
from sqlalchemy.dialects import sqlite
from sqlalchemy.dialects.postgresql import asyncpg
from sqlalchemy.sql import operators
from sqlalchemy.sql.elements import BinaryExpression, BooleanClauseList, ColumnElement

import onepin.server.store
from onepin.server.store.query import Query
from onepin.server.store.tables import (
    api_keys,
    idempotency_keys,
    invites,
    key_blocks,
    key_totals,
    key_usage,
    members,
    metadata,
    workspaces,
)

DIALECTS = [sqlite.dialect(paramstyle="qmark"), asyncpg.dialect()]  # type: ignore[no-untyped-call]
ACROSS = {
    "KEY_BY_DIGEST": "the gate: whose key is this?",
    "EXPIRED_ANYWHERE": "the sweep of graces that are over",
    "REDIGEST": "a key's digest under a newer pepper",
    "PERSONAL_MEMBERSHIP": "about a person",
    "USER": "about a person",
    "SEE_USER": "about a person",
    "TELL_USER": "about a person",
    "FORGET_USER": "about a person",
    "USER_EXISTS": "about a person",
    "WORKSPACES_OF_USER": "about a person, who leaves them all",
    "INVITE_BY_DIGEST": "whoever has the token is told where it leads",
    "WORKSPACES_OF_MEMBER": "about a person",
    "COUNT_WORKSPACES_OF_MEMBER": "about a person",
    "SLUG_TAKEN": "slugs are unique in the deployment",
    "FORGET_OLD_SECRETS": "the sweep of idempotent answers",
    "FORGET_OLD_REQUESTS": "the sweep of idempotent requests",
    "PEPPERS": "of the deployment",
    "ACTIVATE_PEPPER": "of the deployment",
    "PEPPER_WRAPPED": "of the deployment",
    "DIGESTS_TO_WRAP": "every key gets the newer pepper",
    "COUNT_BY_CHAIN": "every key gets the newer pepper",
    "FORGET_USAGE": "the sweep of old counters",
    "FORGET_WRITERS": "the sweep of server processes that are gone",
    "NAMES_OF_USER": "about a person",
    "DEVICE_REQUEST": "about a person",
    "WAITING_DEVICE": "about a person",
    "DECIDE_DEVICE": "about a person",
    "NOTE_POLL": "about a person",
    "END_DEVICE_REQUEST": "about a person",
    "REFRESH_SESSION": "about a person",
    "SESSIONS_OF_USER": "about a person",
    "END_SESSION": "about a person",
    "END_SESSIONS_OF_USER": "about a person",
    "WHOSE_SESSION": "about a person",
    "TOKEN_KEY": "of the deployment",
    "FORGET_DEVICE_REQUESTS": "the sweep of devices that nobody approved",
    "FORGET_SESSIONS": "the sweep of sessions that ended",
    "FORGET_TOKEN_KEYS": "the sweep of keys whose tokens ended",
    "VERIFIER_BY_DIGEST": "of the deployment",
    "VERIFIERS": "of the deployment",
    "END_VERIFIER": "of the deployment",
    "VERIFIERS_TO_WRAP": "of the deployment",
    "COUNT_VERIFIERS_BY_CHAIN": "of the deployment",
    "REDIGEST_VERIFIER": "of the deployment",
}
"""The statements that may see or touch rows of several workspaces, and why."""

WITHIN_A_SUBQUERY = {"USAGE_SUMMARY"}
"""Those whose conditions all stand in a subquery; the text that runs is held to them like everybody's."""


def modules() -> list[ModuleType]:
    names = [module.name for module in pkgutil.iter_modules(onepin.server.store.__path__)]
    found = [importlib.import_module(f"onepin.server.store.{name}") for name in names if name.endswith("_queries")]
    assert len(found) >= 3
    return found


def queries() -> Iterator[tuple[str, Query[Any], bool]]:
    """Every named query, and whether its module lists it as one across workspaces."""
    for module in modules():
        for name, value in vars(module).items():
            if isinstance(value, Query):
                yield name, value, value in module.ACROSS_WORKSPACES


every_query = pytest.mark.parametrize(
    ("name", "query", "across"), [pytest.param(*found, id=found[0]) for found in queries()]
)


def conjuncts(clause: ColumnElement[Any] | None) -> Iterator[ColumnElement[Any]]:
    """What all must hold for a row to be seen."""
    if clause is None:
        return
    if isinstance(clause, BooleanClauseList) and clause.operator is operators.and_:
        for part in clause.clauses:
            yield from conjuncts(part)
    else:
        yield clause


def names_the_workspace(clause: ColumnElement[Any]) -> bool:
    """Whether a condition is ``workspace_id = :workspace_id`` (or that of a workspace's own id)."""
    if not isinstance(clause, BinaryExpression) or clause.operator is not operators.eq:
        return False
    column, value = clause.left, clause.right
    if not isinstance(column, Column) or not isinstance(value, BindParameter) or value.key != "workspace_id":
        return False
    return column.name == "workspace_id" or column is workspaces.c.id


@every_query
def test_a_statement_names_its_workspace_or_is_listed(name: str, query: Query[Any], across: bool) -> None:
    """If this failed, one statement could read or change the rows of every customer."""
    element: Any = query.element
    if isinstance(element, Insert):
        table = element.table
        assert isinstance(table, Table)
        bound = {str(getattr(column, "name", column)) for column in element.compile().params}
        assert "workspace_id" not in table.c or "workspace_id" in bound
    elif name not in ACROSS and name not in WITHIN_A_SUBQUERY:
        assert any(names_the_workspace(part) for part in conjuncts(element.whereclause)), str(element)


@every_query
def test_the_text_that_runs_names_it_too(name: str, query: Query[Any], across: bool) -> None:
    """The condition is where the database looks, in both dialects."""
    if name in ACROSS or isinstance(query.element, Insert):
        return
    for dialect in DIALECTS:
        compiled: Any = query.element.compile(dialect=dialect)
        where = str(compiled).partition("WHERE")[2]
        assert "workspace_id = " in where or "workspaces.id = " in where, str(compiled)
        assert "workspace_id" in compiled.positiontup


def test_the_list_is_the_one_that_the_modules_keep() -> None:
    """If this failed, a statement could join the exceptions without anybody deciding so."""
    kept = {name for name, query, across in queries() if across and not isinstance(query.element, Insert)}
    assert kept | {"ACTIVATE_PEPPER", "SEE_USER", "TELL_USER", "FORGET_USER"} == set(ACROSS)


def test_no_row_of_a_workspace_can_be_without_one() -> None:
    """If this failed, rows of nobody could be seen by everybody."""
    for table in (api_keys, idempotency_keys, invites, key_blocks, key_totals, members):
        column = table.c.workspace_id
        assert not column.nullable
        assert [key.column for key in column.foreign_keys] == [workspaces.c.id]
    assert not key_usage.c.workspace_id.nullable, "without a foreign key, whose lock would hold up a change"
    owned = {table.name for table in metadata.sorted_tables if "workspace_id" in table.c}
    tables = {"api_keys", "audit_events", "idempotency_keys", "key_blocks", "key_totals", "key_usage", "members"}
    assert owned == tables | {"invites"}
