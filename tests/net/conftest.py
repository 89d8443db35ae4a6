import pytest
from tls_world import TlsWorld, new_world


@pytest.fixture(scope="session")
def tls() -> TlsWorld:
    return new_world()


@pytest.fixture(params=[False, True], ids=["asyncio", "uvloop"])
def anyio_backend(request: pytest.FixtureRequest) -> tuple[str, dict[str, bool]]:
    return "asyncio", {"use_uvloop": request.param}
