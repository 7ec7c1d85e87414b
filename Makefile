# `make demo` shows the tap at work, `make test` runs every check. Needs Python 3.10+ and make.

PYTHON ?= python3
BIN := .venv/bin
# The lock file decides what is installed, this Python decides what it runs on.
export UV_PYTHON_DOWNLOADS := never
unexport VIRTUAL_ENV PYTHONPATH

.DEFAULT_GOAL := help
.PHONY: help setup plugins postgres redis demo test lint docs bench clean

help: ## Show the targets
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "make %-9s %s\n", $$1, $$2}'

setup: .venv/.ready ## Set up .venv as locked

.venv/.ready: pyproject.toml uv.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' || \
		{ echo 'Python 3.10 or newer is needed: make PYTHON=python3.12 ...' >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || $(MAKE) --no-print-directory .venv-module
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	test -x $(BIN)/uv || $(BIN)/python -m pip install --quiet uv
	$(BIN)/uv sync --frozen --quiet --python $(BIN)/python
	@touch $@

# Debian and Ubuntu keep the venv module of Python in a package of its own.
.PHONY: .venv-module
.venv-module:
	@test "$$(id -u)" = 0 && command -v apt-get >/dev/null || \
		{ echo 'Python lacks its venv module: install python3-venv' >&2; exit 1; }
	apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -yqq python3-venv

plugins: .meltano/.ready ## Install the tap and the loaders as Meltano plugins

.meltano/.ready: .venv/.ready meltano.yml pyproject.toml $(wildcard sandbox/loaders/*/* sandbox/loaders/*/*/*)
	$(BIN)/meltano --log-level=warning install --clean
	@touch $@

# PostgreSQL's programs may lie where PATH does not look: tests/pipelines looks there too.
postgres:
	@command -v initdb >/dev/null || ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || \
		$(MAKE) --no-print-directory .postgres

.PHONY: .postgres
.postgres:
	@test "$$(id -u)" = 0 && command -v apt-get >/dev/null || \
		{ echo 'PostgreSQL is missing: install postgresql, or run as root to have it done' >&2; exit 1; }
	apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -yqq postgresql

demo: setup plugins ## Load a stand-in of Cin7 into DuckDB, twice
	$(BIN)/python -m sandbox.demo

# The quota can be shared through Redis, which the tests try on a real server.
redis:
	@command -v redis-server >/dev/null || $(MAKE) --no-print-directory .redis

.PHONY: .redis
.redis:
	@test "$$(id -u)" = 0 && command -v apt-get >/dev/null || \
		{ echo 'Redis is missing: install redis-server, or run as root to have it done' >&2; exit 1; }
	apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -yqq redis-server

test: lint plugins postgres redis ## Run every check
	$(BIN)/pytest --numprocesses auto --maxprocesses 4 --dist loadfile

lint: setup ## Check style and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

docs: setup ## Write the generated parts of README and docs
	$(BIN)/python docs/generate.py

bench: setup plugins ## Measure speed and memory
	$(BIN)/python -m benchmarks

clean: ## Remove all that make has made
	rm -rf .venv .meltano .demo output dist .mypy_cache .pytest_cache .ruff_cache .hypothesis
