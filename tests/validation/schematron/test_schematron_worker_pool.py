"""Real processes: what is stuck, dead, too large or too much, and what a worker knows of us."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from lxml import etree

from oots.edm.specification import V2_0
from oots.errors import CheckOverloaded, CheckTookTooLong, MalformedXml, NotChecked, UnusableRules
from oots.validation.schematron.pool import WorkerPool
from oots.validation.schematron.rule_sets import Kind, RuleSet
from oots.validation.schematron.worker_process import Limits
from tests.validation.schematron.small_rules import pattern, reports, rule, schema

LOOPS = "sum(for $i in 1 to 1000000, $j in 1 to 1000000 return $i mod $j) gt 1"
KEPT: set[int] = set()
RULES = pattern(
    rule("a", reports("FOUND")),
    rule("loop", reports("LOOPED", LOOPS)),
    rule("bomb", reports("MATCHED", "matches(., '^(a?){60}a{60}$')")),
    rule("explode", reports("EXPLODED", "exists(sort((1 to 1000000000) ! string(.)))")),
)
QUICK = Limits(seconds=2.0)
BOMB = f"<bomb>{'a' * 60}</bomb>".encode()


@pytest.fixture
def rules(tmp_path: Path) -> RuleSet:
    (tmp_path / "edm-req-2.0.sch").write_text(schema(RULES), encoding="utf-8")
    return RuleSet(kind=Kind.REQUEST, line=V2_0, folder=tmp_path)


@pytest.fixture
def pool_of(rules: RuleSet) -> Iterator[Callable[..., WorkerPool]]:
    pools: list[WorkerPool] = []

    def new(limits: Limits | None = None, *, workers: int = 1, max_waiting: int = 1000) -> WorkerPool:
        pools.append(WorkerPool(rules=(rules,), workers=workers, limits=limits, max_waiting=max_waiting))
        return pools[-1]

    yield new
    for pool in pools:
        pool.close()


@pytest.fixture(autouse=True)
def kept() -> Iterator[None]:
    """Pass over the workers that other tests of this process keep."""
    KEPT.update(workers_of(os.getpid()))
    yield
    KEPT.clear()


def workers_of(pid: int) -> set[int]:
    """Find the worker processes that a process has started, but for those of other tests."""
    children = [
        int(child) for task in Path(f"/proc/{pid}/task").iterdir() for child in (task / "children").read_text().split()
    ]
    found = {child for child in children if b"schematron.worker" in Path(f"/proc/{child}/cmdline").read_bytes()}
    return found - KEPT


def until(happened: Callable[[], object], seconds: float = 20.0) -> bool:
    deadline = time.monotonic() + seconds
    while not happened():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_a_worker_finds_what_the_rules_say(pool_of: Callable[..., WorkerPool], rules: RuleSet) -> None:
    pool = pool_of()
    pool.start()

    (of_bytes,) = pool.check_blocking(b"<r><a/></r>", rules)
    (of_tree,) = asyncio.run(pool.check(etree.fromstring("<r><a/></r>"), rules))

    assert of_bytes == of_tree
    assert (of_bytes.rule, of_bytes.location) == ("FOUND", "/r/a")
    assert pool.check_blocking(b"<r/>", rules) == ()


def test_what_is_no_document_is_refused_and_the_worker_goes_on(
    pool_of: Callable[..., WorkerPool], rules: RuleSet
) -> None:
    pool = pool_of()
    pool.start()
    before = workers_of(os.getpid())

    with pytest.raises(MalformedXml):
        pool.check_blocking(b'<!DOCTYPE a SYSTEM "file:///etc/hostname"><a/>', rules)

    assert pool.check_blocking(b"<a/>", rules)
    assert workers_of(os.getpid()) == before


@pytest.mark.parametrize("document", [b"<loop/>", BOMB], ids=["loop", "regular expression"])
def test_a_document_that_takes_too_long_is_refused_for_time_and_the_next_one_is_checked(
    pool_of: Callable[..., WorkerPool], rules: RuleSet, document: bytes
) -> None:
    pool = pool_of(QUICK)

    with pytest.raises(CheckTookTooLong, match="stopped after 2 s"):
        pool.check_blocking(document, rules)

    assert pool.check_blocking(b"<a/>", rules)


def test_a_worker_that_does_not_move_is_killed(pool_of: Callable[..., WorkerPool], rules: RuleSet) -> None:
    pool = pool_of(QUICK)
    pool.start()
    (stuck,) = workers_of(os.getpid())
    os.kill(stuck, signal.SIGSTOP)

    with pytest.raises(CheckTookTooLong):
        pool.check_blocking(b"<a/>", rules)

    assert not is_running(stuck)
    assert pool.check_blocking(b"<a/>", rules)


def test_a_document_whose_worker_is_killed_is_checked_by_another(
    pool_of: Callable[..., WorkerPool], rules: RuleSet
) -> None:
    async def killed_in_the_middle() -> list[str]:
        checking = asyncio.ensure_future(pool.check(b"<a/>", rules))
        await asyncio.sleep(0.1)
        os.kill(killed, signal.SIGKILL)
        return [finding.rule for finding in await checking]

    pool = pool_of()
    pool.start()
    (killed,) = workers_of(os.getpid())
    # Stopped, it has the document and does not answer.
    os.kill(killed, signal.SIGSTOP)

    assert asyncio.run(killed_in_the_middle()) == ["FOUND"]


def test_a_worker_that_is_killed_while_idle_costs_no_document(
    pool_of: Callable[..., WorkerPool], rules: RuleSet
) -> None:
    pool = pool_of()
    pool.start()
    (killed,) = workers_of(os.getpid())
    os.kill(killed, signal.SIGKILL)
    assert until(lambda: not is_running(killed))

    assert pool.check_blocking(b"<a/>", rules)


def test_a_document_that_explodes_ends_its_workers_and_nothing_else(
    pool_of: Callable[..., WorkerPool], rules: RuleSet
) -> None:
    pool = pool_of(Limits(seconds=60.0, megabytes=300))

    with pytest.raises(NotChecked, match="ended"):
        pool.check_blocking(b"<explode/>", rules)

    assert pool.check_blocking(b"<a/>", rules)


def test_a_thousand_documents_of_sixteen_tasks_get_each_its_own_answer(
    pool_of: Callable[..., WorkerPool], rules: RuleSet
) -> None:
    async def task(number: int) -> None:
        for index in range(63):
            many = (number * 63 + index) % 50
            found = await pool.check(b"<r>%s</r>" % (b"<a/>" * many), rules)
            assert len(found) == many

    async def all_tasks() -> None:
        await asyncio.gather(*(task(number) for number in range(16)))

    pool = pool_of(workers=2)

    asyncio.run(all_tasks())

    assert len(workers_of(os.getpid())) == 2


def test_the_event_loop_goes_on_while_a_worker_is_stuck(pool_of: Callable[..., WorkerPool], rules: RuleSet) -> None:
    async def gaps_meanwhile() -> list[float]:
        checking = asyncio.ensure_future(pool.check(b"<loop/>", rules))
        gaps = []
        while not checking.done():
            start = time.monotonic()
            await asyncio.sleep(0.01)
            gaps.append(time.monotonic() - start)
        with pytest.raises(CheckTookTooLong):
            await checking
        return gaps

    pool = pool_of(QUICK)
    pool.start()

    gaps = asyncio.run(gaps_meanwhile())

    assert sorted(gaps)[len(gaps) * 9 // 10] < 0.1


def test_more_documents_than_may_wait_are_refused_at_once(pool_of: Callable[..., WorkerPool], rules: RuleSet) -> None:
    async def three_at_once() -> list[BaseException | tuple[object, ...]]:
        return await asyncio.gather(
            *(pool.check(document, rules) for document in (b"<loop/>", b"<a/>", b"<a/>")), return_exceptions=True
        )

    pool = pool_of(QUICK, max_waiting=1)

    late, checked, refused = asyncio.run(three_at_once())

    assert isinstance(late, CheckTookTooLong)
    assert isinstance(checked, tuple)
    assert isinstance(refused, CheckOverloaded)
    assert pool.check_blocking(b"<a/>", rules)


def test_closing_finishes_what_is_in_hand_refuses_the_rest_and_leaves_no_process(
    pool_of: Callable[..., WorkerPool], rules: RuleSet
) -> None:
    async def closed_meanwhile() -> list[BaseException | tuple[object, ...]]:
        asked = [asyncio.ensure_future(pool.check(document, rules)) for document in (b"<loop/>", b"<a/>")]
        await asyncio.sleep(0.2)
        await asyncio.to_thread(pool.close)
        return await asyncio.gather(*asked, return_exceptions=True)

    pool = pool_of(QUICK)
    pool.start()
    (worker,) = workers_of(os.getpid())

    in_hand, waiting = asyncio.run(closed_meanwhile())

    assert isinstance(in_hand, CheckTookTooLong)
    assert isinstance(waiting, CheckOverloaded)
    assert not is_running(worker)
    assert not workers_of(os.getpid())
    with pytest.raises(CheckOverloaded, match="stops"):
        pool.check_blocking(b"<a/>", rules)


def test_a_worker_that_holds_too_much_memory_is_replaced_after_many_documents(
    pool_of: Callable[..., WorkerPool], rules: RuleSet
) -> None:
    pool = pool_of(Limits(resident_megabytes=1))
    pool.start()
    first = workers_of(os.getpid())

    for _ in range(999):
        pool.check_blocking(b"<a/>", rules)
    assert workers_of(os.getpid()) == first
    pool.check_blocking(b"<a/>", rules)
    pool.check_blocking(b"<a/>", rules)

    (second,) = workers_of(os.getpid())
    assert second not in first


def test_rules_that_cannot_be_used_are_told_at_the_start_and_leave_no_process(
    pool_of: Callable[..., WorkerPool], rules: RuleSet
) -> None:
    right = rules.path.read_text(encoding="utf-8")
    rules.path.write_text(schema(pattern(rule("a", reports("R", "doc(@href)")))), encoding="utf-8")
    pool = pool_of()

    with pytest.raises(UnusableRules, match=r"edm-req-2\.0\.sch, line 3: the function doc\(\)"):
        pool.start()

    assert not workers_of(os.getpid())
    rules.path.write_text(right, encoding="utf-8")
    assert pool.check_blocking(b"<a/>", rules)


def test_rules_that_a_pool_does_not_have_are_told(pool_of: Callable[..., WorkerPool], tmp_path: Path) -> None:
    with pytest.raises(UnusableRules, match=r"ebms-2\.0 are none of those"):
        pool_of().check_blocking(b"<a/>", RuleSet(kind=Kind.HEADER, line=V2_0, folder=tmp_path))


def test_a_worker_knows_no_secret_and_holds_no_file_of_ours(
    pool_of: Callable[..., WorkerPool], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OOTS_DATABASE_URL", "postgresql://oots:secret@db/oots")
    pool_of().start()
    (worker,) = workers_of(os.getpid())

    environment = Path(f"/proc/{worker}/environ").read_bytes().split(b"\0")
    open_files = {str(file.readlink()).partition(":")[0] for file in Path(f"/proc/{worker}/fd").iterdir()}

    assert {line.partition(b"=")[0] for line in environment} <= {b"", b"PYTHONPATH", b"LD_LIBRARY_PATH"}
    assert {file for file in open_files if "saxonche.libs" not in file} == {"socket", "/dev/null"}


def test_a_worker_is_not_interrupted_from_our_terminal(pool_of: Callable[..., WorkerPool]) -> None:
    pool_of().start()
    (worker,) = workers_of(os.getpid())

    assert os.getsid(worker) != os.getsid(0)


def test_a_worker_outlives_the_signal_that_stops_a_service(pool_of: Callable[..., WorkerPool], rules: RuleSet) -> None:
    pool = pool_of()
    pool.start()
    before = workers_of(os.getpid())
    for worker in before:
        os.kill(worker, signal.SIGTERM)

    assert pool.check_blocking(b"<a/>", rules)
    assert workers_of(os.getpid()) == before


@pytest.mark.parametrize("document", ["<a/>", "<loop/>"], ids=["idle", "busy"])
def test_a_parent_that_is_killed_leaves_no_worker(rules: RuleSet, document: str) -> None:
    program = (
        "from pathlib import Path; from oots.validation.schematron.pool import WorkerPool;"
        " from oots.validation.schematron.rule_sets import Kind, RuleSet;"
        " from oots.validation.schematron.worker_process import Limits;"
        f" rules = RuleSet(kind=Kind.REQUEST, line={rules.line!r}, folder=Path({str(rules.folder)!r}));"
        " pool = WorkerPool(rules=(rules,), limits=Limits(seconds=3.0)); pool.start();"
        f" print('started', flush=True); pool.check_blocking({document.encode()!r}, rules);"
        " import time; time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == b"started\n"
        (worker,) = workers_of(parent.pid)
        time.sleep(0.3)
        parent.kill()

    assert until(lambda: not is_running(worker))
