"""A node as `oots init` makes it, made once; each test has a copy to spoil."""

import shutil
from pathlib import Path

import pytest

from oots import pki
from tests.node.node_folders import certificate, make, rsa_key
from tests.node.stored_nodes import new_stored_node, stored_node
from tests.store.databases import new_url, postgres, quick_folder, spare_databases

__all__ = ["new_stored_node", "new_url", "postgres", "quick_folder", "spare_databases", "stored_node"]


@pytest.fixture(scope="session")
def new_node(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("node") / "AP_FI_01"
    make(folder)
    # A shorter key than it gets: every test loads it, and that takes three times as long for 3072 bits.
    (folder / "keys" / "message.key").write_bytes(pki.key_pem(rsa_key()))
    (folder / "keys" / "message.crt").write_bytes(certificate())
    return folder


@pytest.fixture
def folder(new_node: Path, tmp_path: Path) -> Path:
    return shutil.copytree(new_node, tmp_path / "node")


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"
