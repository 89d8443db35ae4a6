"""
Run by Alembic for every command of `oots.store.migrate`: the connection is given, in a transaction that is not ours.
"""

from alembic import context
from sqlalchemy import MetaData

from oots.store.tables import NAMING_CONVENTION

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=MetaData(naming_convention=NAMING_CONVENTION),
    render_as_batch=True,
)
context.run_migrations()
