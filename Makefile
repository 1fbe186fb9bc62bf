# Two commands matter: `make serve` runs Teahouse, `make test` proves it. `make` alone lists the rest.
.DEFAULT_GOAL := help
.PHONY: help serve test check pytest schema bench bench-graph lock clean
.DELETE_ON_ERROR:

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
WORKERS ?= 2
PIP_INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check
# Hashes are checked against the lock files, so a changed package is refused wherever it comes from.
LOCKED := --require-hashes --no-deps -r
UV_COMPILE := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-header --no-annotate --upgrade

help: ## list what can be made
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | \
		awk -F '\t' '{ printf "  make %-11s %s\n", $$1, $$2 }'

serve: $(VENV)/.run ## run Teahouse with its embedded PostgreSQL, on http://127.0.0.1:8000
	$(BIN)/teahouse demo --if-empty
	$(BIN)/teahouse serve

test: check pytest ## everything that must hold: check, then all tests

check: $(VENV)/.development ## format, lint, types and the direction of imports
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

pytest: $(VENV)/.development ## the tests alone, on $(WORKERS) workers
	$(BIN)/pytest -n $(WORKERS) --dist loadgroup

schema: $(VENV)/.development ## write schema.graphql anew, after the API has changed on purpose
	$(BIN)/python -c 'from api import schema; print(schema.build().as_str())' > schema.graphql

bench: $(VENV)/.development ## measure against SQL by hand and other servers (20 minutes), into docs/benchmarks.md
	$(BIN)/python -m bench --write docs/benchmarks.md

bench-graph: $(VENV)/.development ## measure the graph at a million members (20 minutes), into docs/graph_benchmarks.md
	$(BIN)/python -m bench.graph --write docs/graph_benchmarks.md

# The development lock is held to the versions of the run-time lock, so that tests run what is shipped.
lock: $(VENV)/.development ## compile both lock files anew from pyproject.toml, at the newest versions
	$(UV_COMPILE) pyproject.toml --group build --output-file requirements.lock
	$(UV_COMPILE) pyproject.toml --group dev --constraint requirements.lock --output-file requirements-dev.lock

clean: ## remove the virtual environment and all caches
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

$(BIN)/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Teahouse needs Python 3.11 or newer: run make PYTHON=python3.11 ...")'
	$(PYTHON) -m venv $(VENV)

# A stamp file records a finished installation, so that the next run has nothing to do.
$(VENV)/.run: requirements.lock pyproject.toml | $(BIN)/python
	$(PIP_INSTALL) $(LOCKED) requirements.lock
	$(PIP_INSTALL) --no-build-isolation --no-deps -e .
	@touch $@

$(VENV)/.development: requirements-dev.lock $(VENV)/.run
	$(PIP_INSTALL) $(LOCKED) requirements-dev.lock
	@touch $@
