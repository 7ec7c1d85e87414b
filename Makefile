# `make demo` shows the tap at work, `make test` runs every check. Needs Python 3.10+ and make.

PYTHON ?= python3
BIN := .venv/bin
# The lock file decides what is installed, this Python decides what it runs on.
export UV_PYTHON_DOWNLOADS := never
# Where Python may not keep bytecode, it would compile Meltano and the loaders at each start.
export UV_COMPILE_BYTECODE := 1
unexport VIRTUAL_ENV PYTHONPATH

.DEFAULT_GOAL := help
.PHONY: help setup more chaos histories plugins dbt dialects demo test check lint docs facts site bench clean

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

.meltano/.ready: .venv/.ready meltano.yml pyproject.toml $(wildcard sandbox/loaders/*/*.toml sandbox/loaders/*/*/*.py)
	$(BIN)/meltano --log-level=warning install --clean
	@touch $@

# dbt pins much of what it needs, so it has an environment of its own. It does not run on Python 3.14
# yet: there uv takes another Python that it finds, or fetches one. The oldest is left out, because its
# DuckDB cannot read what that of the others writes.
dbt: dbt/.venv/.ready ## Set up dbt/.venv as locked

dbt/.venv/.ready: .venv/.ready dbt/requirements.txt
	python=$$($(BIN)/python -c 'import sys; print(sys.version_info >= (3, 14) and ">=3.11,<3.14" or sys.executable)') && \
		UV_PYTHON_DOWNLOADS=automatic $(BIN)/uv venv --quiet --clear --python "$$python" dbt/.venv
	$(BIN)/uv pip install --quiet --compile-bytecode --python dbt/.venv/bin/python -r dbt/requirements.txt
	@touch $@

dialects: dbt/.dialects/.ready ## Set up the adapters that dbt is only compiled with

dbt/.dialects/.ready: dbt/.venv/.ready dbt/dialects.in
	$(BIN)/uv venv --quiet --clear --python dbt/.venv/bin/python dbt/.dialects
	$(BIN)/uv pip install --quiet --python dbt/.dialects/bin/python -r dbt/dialects.in
	@touch $@

demo: setup plugins dbt ## Load a stand-in of Cin7 into DuckDB, twice, build tables and a report
	$(BIN)/python -m demo

# $(call apt,PACKAGES): root on Debian and Ubuntu gets them; elsewhere the tests that need them are
# named at the end.
apt = { test "$$(id -u)" != 0 || ! command -v apt-get >/dev/null; } || \
	{ apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -yqq $(1); }

# Some tests need PostgreSQL and Redis. PostgreSQL's programs may lie where PATH does not look:
# tests/pipelines looks there too.
.PHONY: .services
.services:
	@command -v redis-server >/dev/null && \
		{ command -v initdb >/dev/null || ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1; } || \
		$(call apt,postgresql redis-server)

LONG := tests/examples tests/site tests/books/test_projects.py tests/dialects tests/histories/test_histories.py

# Whole runs of the tap, in many combinations of what Cin7 and the user may do.
COMBINED := tests/absence tests/answers tests/losses

test: lint plugins dbt .services ## Run every check
	$(BIN)/pytest -p tests.services --numprocesses 4 --dist loadfile --no-loadscope-reorder \
		$(COMBINED:%=--each-value=%) $(LONG:%=--ignore=%)

more: setup plugins dbt dialects .services .tools site ## Run what takes longer: all combinations, Airflow, Dagster, the site
	$(BIN)/pytest -p tests.services --numprocesses 4 --dist loadfile $(COMBINED)
	$(BIN)/pytest -p tests.services $(LONG)

chaos: setup ## Run many random schedules of edits, faults and kills (CHAOS_EXAMPLES=2000)
	$(BIN)/python -m tests.chaos

histories: setup dbt ## Build many random histories of edits in several builds and in one (HISTORIES=500)
	HISTORIES=$${HISTORIES:-500} $(BIN)/pytest tests/histories/test_histories.py

check: setup ## Run the checks that need Python only, in half a minute
	@$(MAKE) --no-print-directory --jobs=2 --output-sync lint .generated .units

.PHONY: .generated .units
.generated:
	$(BIN)/python -m docs.generate --check
	$(BIN)/python dbt/staging.py --check

.units:
	$(BIN)/pytest --quiet --numprocesses 3 --hypothesis-profile check --snapshot-disable-unused \
		-m 'not large' tests/unit tests/catalog/test_catalog_snapshots.py

lint: setup ## Check style and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache --no-logo

docs: setup ## Write the generated parts of docs
	$(BIN)/python -m docs.generate

facts: setup ## Tell the stand-in of a new stream (STREAM=labels)
	$(BIN)/python -m tests.facts $(STREAM)

site: setup ## Build the documentation site into .site/html (Python 3.11+, npm)
	$(BIN)/uv sync --frozen --quiet --group site --python $(BIN)/python
	$(BIN)/python -m docs.build_site

# What `make more` needs besides: workflows write JSON with jq, npm brings the site's diagrams, and it
# is looked at in a browser, Chromium or whichever Chrome is there.
.PHONY: .tools
.tools:
	@command -v jq >/dev/null || $(call apt,jq)
	@command -v npm >/dev/null || $(call apt,npm)
	@command -v chromium >/dev/null || command -v google-chrome >/dev/null || $(call apt,chromium)

bench: setup plugins ## Measure speed and memory
	$(BIN)/python -m benchmarks

clean: ## Remove all that make has made
	rm -rf .venv .meltano .demo .site output dist .mypy_cache .pytest_cache .ruff_cache .hypothesis .cache dbt/.venv dbt/.dialects dbt/target dbt/logs
