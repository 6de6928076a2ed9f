# Circle15: the few commands there are. `make demo` shows it, `make test` proves it.

SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV_VERSION := 0.13.9
DAYS ?= 396
PORT ?= 8015
SEED ?= 15
WORKERS ?= 2
HOURS ?= 1
export URLLIB3_NO_OVERRIDE := 1
export PYTHONUNBUFFERED := 1
# Processes start often here: compiling every module at each start would cost seconds.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help demo test check format bench planted hunt setup setup-dev pages messages lock clean

help: ## Say what can be made
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

demo: setup pages ## Start everything with the reference district (FRESH=1 begins anew)
	@exec $(BIN)/python -m service demo --days $(DAYS) --port $(PORT) --seed $(SEED) $(if $(filter 1 yes true,$(FRESH)),--fresh)

test: setup-dev pages ## Run every test (installs Debian packages it needs, where it is root)
	@tests/needs.sh
	@$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal $(TESTS)

check: setup-dev pages ## Lint, types and import walls
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache
	@$(BIN)/python -m service.contract --check
	@$(BIN)/python -m dashboards --check
	@$(BIN)/python -m service.web.build --check

format: setup-dev ## Put the code in its one form
	@$(BIN)/ruff check --fix-only . ; $(BIN)/ruff format .

bench: setup-dev pages ## Measure: make bench NAME=chaos|demo|fleet|ingest|latency|…
	@tests/needs.sh
	@$(BIN)/python -m tests.bench $(NAME)

planted: setup-dev ## Plant known mistakes one at a time and see the tests catch each
	@$(BIN)/python -m tests.planted

hunt: setup-dev ## Let fleets live through new bad weather for HOURS=1 (SEED=N begins there)
	@$(BIN)/python -m tests.fleet hunt --hours $(HOURS) $(if $(filter command line environment,$(origin SEED)),--seed $(SEED))

messages: setup-dev ## Write the contract's documents anew under broker/messages
	@$(BIN)/python -m service.contract

pages: setup ## Build the web page, when its sources changed
	@$(BIN)/python -m service.web.build

lock: setup ## Resolve the dependencies anew
	@$(BIN)/uv pip compile pyproject.toml --extra rounds --group pages --universal --python-version 3.11 --generate-hashes --no-annotate --no-header --upgrade -q -o requirements.lock
	@$(BIN)/uv pip compile pyproject.toml --extra rounds --group pages --group dev -c requirements.lock --universal --python-version 3.11 --generate-hashes --no-annotate --no-header --upgrade -q -o requirements-dev.lock

clean: ## Remove what was built; the demo's data stays
	rm -rf $(VENV) service/web/node_modules service/web/dist bench-out .mypy_cache .ruff_cache

setup: $(VENV)/.installed

setup-dev: $(VENV)/.installed-dev

$(VENV)/.uv:
	@echo "Setting up a virtual environment in $(VENV) …"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; name one with PYTHON=…")'
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	@touch $@

$(VENV)/.installed: requirements.lock | $(VENV)/.uv
	@echo "Installing what the service needs …"
	@$(BIN)/uv pip install --python $(BIN)/python --require-hashes -r requirements.lock
	@touch $@

$(VENV)/.installed-dev: requirements-dev.lock $(VENV)/.installed
	@echo "Installing what the tests need …"
	@$(BIN)/uv pip install --python $(BIN)/python --require-hashes -r requirements-dev.lock
	@touch $@
