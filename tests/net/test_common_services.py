"""What settings say is what a client does."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from directory_double import OF_A_PROCEDURE, Double, SigningIdentity, public_server

from oots import pki
from oots.common_services.freshness import CacheTimes
from oots.common_services.interface import Service
from oots.net.common_services import CommonServices, open_client
from oots.net.instances import Addressing
from oots.store.database import open_database
from oots.store.directory_answers import DirectoryAnswers, directory_answer_table
from oots.store.tables import new_metadata

pytestmark = pytest.mark.anyio


async def test_a_client_knows_whom_to_ask_whom_to_believe_and_how_long_to_remember(tmp_path: Path) -> None:
    metadata = new_metadata()
    table = directory_answer_table(metadata)
    database = open_database(f"sqlite:///{tmp_path}/requester.db")
    with database.changing_schema() as connection:
        metadata.create_all(connection)
    authority = pki.new_authority("test authority", now=datetime.now(UTC))
    double = Double(identity=SigningIdentity())
    async with double.running(public_server(authority)) as bound:
        settings = CommonServices(
            addressing=Addressing(country="FI", fixed={Service.EVIDENCE_BROKER: f"{bound.url}/eb"}),
            trust=double.identity.trust,
            tls_trusted=(authority.certificate,),
            times=CacheTimes(fresh=timedelta(minutes=1)),
        )
        time = datetime.now(UTC)
        client = open_client(settings, now=lambda: time, answers=DirectoryAnswers(database, table))
        for passed in (0, 59, 1):
            time += timedelta(seconds=passed)
            await client.requirements(OF_A_PROCEDURE)
        await client.aclose()
        forgetful = open_client(settings, now=lambda: time)
        await forgetful.requirements(OF_A_PROCEDURE)
        await forgetful.aclose()
    database.close()

    assert len(double.asked) == 3
