"""
What every part of the settings file is read with: where its paths begin, whom to complain to, and the time.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from gateway.settings import Listener
from oots.ebms.messages import PartyId
from oots.errors import OperatorError
from oots.journal.retention import Retention
from oots.net.addresses import check_address, is_loopback
from oots.node.complaints import Complaints
from oots.node.tables import NodeTable, PeerListenerTable, PlainListenerTable
from oots.store.node_keys import NodeKeys


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One reading of `oots.toml`."""

    folder: Path
    """Of the file: relative paths begin here."""
    complaints: Complaints
    now: datetime
    node: NodeTable
    keys: Callable[[], NodeKeys] = field(repr=False)
    """Gives the keys for encryption at rest."""

    @property
    def party(self) -> PartyId:
        """Who we are."""
        return PartyId(value=self.node.party_id, type=self.node.party_type)

    @property
    def retention(self) -> Retention:
        """How long we keep what."""
        return Retention(months=self.node.retention_months)

    def address(self, url: str, key: str) -> str:
        """Give an address, or complain that it may not be spoken to."""
        try:
            check_address(url)
        except OperatorError as error:
            self.complaints.add(key, str(error))
        return url

    def plain_listener(self, table: PlainListenerTable | PeerListenerTable, key: str) -> Listener:
        """Give a listener for plain HTTP, or complain that others could reach it."""
        if not is_loopback(table.host):
            self.complaints.add(
                f"{key}.host", f"{table.host!r} can be reached by others, and there is no TLS here; expected: 127.0.0.1"
            )
        return Listener(host=table.host, port=table.port)
