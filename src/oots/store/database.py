"""
`Database`: one SQLite file or one PostgreSQL database, as transactions that mean the same on both.

Synchronous, and safe in threads; any number of processes may share the database.  Open it after a fork, not before.
What its tables are, and how they came to be, stands elsewhere.
"""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from threading import Lock
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Interval, bindparam, func, literal, select, text

from oots.errors import OperatorError, StoreUnavailable
from oots.store.driver_errors import WAIT_SECONDS, sentences
from oots.store.engines import Engines, engines_for
from oots.store.tables import UtcDateTime

Clock = Callable[[], datetime]

_AFTER_COMMIT: Final = "oots_after_commit"
_SCHEMA_LOCK: Final = 0x006F_6F74_7300
"""Number of the lock that who changes the schema holds; "oots" in ASCII."""


def utc_now() -> datetime:
    """Give the time of this machine."""
    return datetime.now(UTC)


def open_database(url: str, *, clock: Clock = utc_now, connections: int = 8) -> "Database":
    """
    Open `sqlite:///path`, which is made if it is not there, or `postgresql+psycopg://user@host/name`.

    `clock` counts on SQLite; PostgreSQL has its own, which all its clients share.  `connections` is how many
    transactions run at a time; on SQLite one of them may write.
    """
    return Database(engines_for(url, connections=connections), clock=clock)


class Database:
    """
    Gives transactions.

    What the driver raises in them becomes `StoreUnavailable`, `DamagedContent`, `RowRefused` or `OperatorError`.
    """

    def __init__(self, engines: Engines, *, clock: Clock) -> None:
        self._engines = engines
        self._clock = clock
        self.dialect: Final = engines.writer.dialect
        self.is_postgresql: Final = self.dialect.name == "postgresql"
        self.place: Final = engines.place
        self.failed_writes = 0
        """Transactions of `writing` that ended because the disk or the database was full, locked or gone."""
        self._counting = Lock()

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """
        Give a transaction; it is committed, to the disk, when the block ends, and undone when it raises.

        Not to be nested: on SQLite the inner one would wait for the outer one.
        """
        after: list[Callable[[], None]] = []
        try:
            with sentences(self.place), self._engines.writer.begin() as connection:
                yield connection.execution_options(**{_AFTER_COMMIT: after})
        except StoreUnavailable:
            with self._counting:
                self.failed_writes += 1
            raise
        for action in after:
            action()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Give a transaction that sees one state of the database from its first statement on, and cannot write."""
        with sentences(self.place), self._engines.reader.begin() as connection:
            yield connection

    @contextmanager
    def changing_schema(self) -> Iterator[Connection]:
        """
        Give a transaction for migrations: one at a time, over all processes.

        On SQLite foreign keys are checked at its end only: tables are replaced by altered copies.
        """
        with sentences(self.place), self._engines.writer.connect() as connection:
            if self.is_postgresql:
                with connection.begin():
                    _lock_schema(connection)
                    yield connection
            else:
                with _foreign_keys_off(connection), connection.begin():
                    yield connection
                    self._check_foreign_keys(connection)

    def now(self, connection: Connection) -> datetime:
        """Give the time: that of the server on PostgreSQL, that of `clock` on SQLite."""
        return connection.scalars(select(self.sql_now())).one() if self.is_postgresql else self._clock()

    def sql_now(self, *, after: timedelta = timedelta()) -> ColumnElement[datetime]:
        """
        Give the time at which a statement with this in it is executed, or one `after` it.

        A statement may be built once and executed often.
        """
        if self.is_postgresql:
            # Not clock_timestamp(): that one changes while a statement runs, and no index can be searched for it.
            return func.statement_timestamp(type_=UtcDateTime()) + literal(after, Interval())
        return bindparam("now", callable_=lambda: self._clock() + after, type_=UtcDateTime(), unique=True)

    @contextmanager
    def unpooled(self) -> Iterator[Any]:
        """Give a connection of the driver itself, for what is no transaction; raises what the driver raises."""
        connection = self._engines.writer.raw_connection()
        driver = connection.driver_connection
        assert driver is not None
        connection.detach()
        with closing(driver):
            yield driver

    def forget_log(self) -> None:
        """
        Empty SQLite's write-ahead log, in which what was deleted may still stand; PostgreSQL sees to its own.

        While another process reads or writes, for long, the log stays as it is.  Raises `StoreUnavailable`.
        """
        if self.is_postgresql:
            return
        with sentences(self.place), self._engines.writer.connect() as connection:
            driver = connection.connection.driver_connection
            assert driver is not None
            try:
                driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            except self.dialect.loaded_dbapi.Error as error:
                raise StoreUnavailable(f"{self.place}: its write-ahead log cannot be emptied now") from error

    def close(self) -> None:
        """Close the connections; those in use close when their transaction ends."""
        self._engines.dispose()

    def _check_foreign_keys(self, connection: Connection) -> None:
        broken = connection.exec_driver_sql("PRAGMA foreign_key_check").first()
        if broken is not None:
            raise OperatorError(
                f"{self.place}: rows of {broken[0]} would refer to rows of {broken[2]} that are not there"
            )


def after_commit(connection: Connection, action: Callable[[], None]) -> None:
    """Let `action` run once the transaction of `Database.writing` is committed; it must not raise."""
    connection.get_execution_options()[_AFTER_COMMIT].append(action)


def _lock_schema(connection: Connection) -> None:
    connection.execute(text("SET LOCAL lock_timeout = 0"))
    connection.execute(select(func.pg_advisory_xact_lock(_SCHEMA_LOCK)))
    connection.execute(text(f"SET LOCAL lock_timeout = '{WAIT_SECONDS}s'"))


@contextmanager
def _foreign_keys_off(connection: Connection) -> Iterator[None]:
    # Outside of a transaction, within which SQLite ignores it.
    driver = connection.connection.driver_connection
    assert driver is not None
    driver.execute("PRAGMA foreign_keys=OFF")
    try:
        yield
    finally:
        driver.execute("PRAGMA foreign_keys=ON")
