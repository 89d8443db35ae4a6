"""
Every line that a node can log, as it stands in the source.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
ROOMS = (ROOT / "src" / "oots", ROOT / "gateway", ROOT / "evidence_requester", ROOT / "evidence_provider")
NOT_OF_A_NODE = (ROOT / "src/oots/cli/demo", ROOT / "src/oots/cli/bench")
LEVELS = {"debug": "debug", "info": "info", "warning": "warning", "error": "error", "exception": "error"}
ANY = "by state"


@dataclass(frozen=True, slots=True, kw_only=True)
class LogCall:
    """One call of a logger."""

    logger: str
    level: str
    template: str | None
    """None when the text is not a constant."""
    keywords: frozenset[str]
    place: str


def log_calls() -> Iterator[LogCall]:
    """Give all calls of `log`."""
    for room in ROOMS:
        for path in sorted(room.rglob("*.py")):
            if not any(path.is_relative_to(folder) for folder in NOT_OF_A_NODE):
                yield from _calls_in(path)


def _calls_in(path: Path) -> Iterator[LogCall]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Name(id="log"), attr=method), args=args, keywords=keywords):
                if method in (*LEVELS, "log"):
                    text = args[1] if method == "log" else args[0]
                    yield LogCall(
                        logger=_logger(path, tree),
                        level=LEVELS.get(method, ANY),
                        template=text.value if isinstance(text, ast.Constant) else None,  # type: ignore[arg-type]
                        keywords=frozenset(keyword.arg or "" for keyword in keywords),
                        place=f"{path.relative_to(ROOT)}:{node.lineno}",
                    )


def _logger(path: Path, tree: ast.Module) -> str:
    """Give the name of the logger: the module's, unless another is written down."""
    for node in tree.body:
        match node:
            case ast.Assign(targets=[ast.Name(id="log")], value=ast.Call(args=[ast.Constant(value=str(name))])):
                return name
    base = ROOT / "src" if path.is_relative_to(ROOT / "src") else ROOT
    return ".".join(path.relative_to(base).with_suffix("").parts)
