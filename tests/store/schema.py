"""What a schema is made of, as values to compare: the one that migrations make must be the one that tables declare."""

from typing import Any

from sqlalchemy import MetaData, inspect

from oots.store.database import Database
from oots.store.migrate import upgrade

ALEMBIC = "alembic_version"


def assert_migrated_as_declared(migrated: Database, declared: Database, *, package: str, metadata: MetaData) -> None:
    """Bring the one new database up by the migrations of `package`, the other by its tables, and compare."""
    upgrade(migrated, package)
    with declared.changing_schema() as connection:
        metadata.create_all(connection)

    assert schema(migrated) == schema(declared)


def schema(database: Database) -> dict[str, dict[str, Any]]:
    """Give all tables with everything that was declared of them."""
    with database.reading() as connection:
        found = inspect(connection)
        return {
            table: {
                "columns": _by_name(
                    [column | {"type": str(column["type"].compile(connection.dialect))}
                     for column in found.get_columns(table)]
                ),
                "primary key": found.get_pk_constraint(table),
                "foreign keys": _by_name(found.get_foreign_keys(table)),
                "unique": _by_name(found.get_unique_constraints(table)),
                "checks": _by_name(found.get_check_constraints(table)),
                "indexes": _by_name([
                    index | {"options": {name: str(value) for name, value in index["dialect_options"].items()}}
                    for index in found.get_indexes(table)
                ]),
            }
            for table in found.get_table_names()
            if table != ALEMBIC
        }  # fmt: skip


def _by_name(parts: list[Any]) -> dict[str, dict[str, Any]]:
    left_out = ("comment", "dialect_options")
    return {part["name"]: {name: value for name, value in part.items() if name not in left_out} for part in parts}
