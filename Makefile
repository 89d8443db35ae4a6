# Everything a developer does.  `make demo` and `make test` set up what they need in .venv.
.DEFAULT_GOAL := help
.PHONY: help setup demo test lint types bench interop as4-venv nightly lock clean

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
AS4 := .as4-venv/.ready

help: ## show this list
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z0-9-]+):.*## /  \1\t/' | expand -t 14

setup: $(READY) ## make .venv with exactly the versions of requirements.lock

$(READY): requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "oots needs Python 3.11 or newer")'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --require-hashes --requirement requirements.lock
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

demo: $(READY) ## run two member states on this machine and one exchange between them
	@$(BIN)/oots demo $(ARGS)

test: $(READY) ## run the tests (those that need a missing program skip and say which)
	$(BIN)/python -m pytest --numprocesses 2 --dist worksteal $(ARGS)

lint: $(READY) ## style, formatting, and the arrows between modules
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports

types: $(READY) ## mypy --strict
	$(BIN)/mypy

bench: $(READY) $(AS4) ## the published benchmarks, each beside what it compares with
	OOTS_AS4_PYTHON=.as4-venv/bin/python $(BIN)/oots bench exchange $(ARGS)
	$(BIN)/oots bench gateway $(ARGS)
	$(BIN)/oots bench validate $(ARGS)
	$(BIN)/oots bench work $(ARGS)

interop: $(READY) $(AS4) ## exchange messages with foreign access points (phase4 in its own JVM, PyPI as4)
	$(BIN)/python -m pytest tests/interop $(ARGS)

# PyPI as4 pins an old cryptography: it lives in an environment of its own.
as4-venv: $(AS4) ## PyPI as4 in an environment of its own

$(AS4):
	$(PYTHON) -m venv .as4-venv
	.as4-venv/bin/python -m pip install --quiet 'as4==0.2.0'
	@touch $@

nightly: export OOTS_NIGHTLY = 1
nightly: test interop bench ## everything, also what takes long

lock: $(READY) ## resolve pyproject.toml anew
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
		--group test --group lint --output-file requirements.lock pyproject.toml

clean: ## remove everything that was made
	rm -rf $(VENV) .as4-venv dist build tests/interop/phase4/target
	find . -name __pycache__ -prune -exec rm -rf {} +
