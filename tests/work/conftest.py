import pytest

from oots.store.database import Database
from oots.work import Jobs
from tests.store.databases import database, new_url, postgres, quick_folder, spare_databases, url
from tests.work.parcels import JOB, METADATA

__all__ = ["database", "new_url", "postgres", "quick_folder", "spare_databases", "url"]


@pytest.fixture
def jobs(database: Database) -> Jobs:
    """Give the jobs of a new database."""
    with database.changing_schema() as connection:
        METADATA.create_all(connection)
    return Jobs(database, JOB)
