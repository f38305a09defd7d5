# Every command there is. Each one makes what it needs first, so any of them can be the first ever typed here:
# all it takes is Python 3.11 or newer.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

PYTHON ?= python3
export PYTHON
BIN := .venv/bin
# Extra arguments: make test ARGS="-k outbox -x"
ARGS ?=
# Each worker has a PostgreSQL and a broker of its own; a file's tests stay together. PARALLEL= runs them one by one.
# They wait for servers much of the time: one worker more than cores.
WORKERS ?= $(shell $(PYTHON) -c 'import os; print(min(4, (os.cpu_count() or 1) + 1))')
PARALLEL ?= --numprocesses $(WORKERS) --dist loadfile

LOCAL := .venv/local.stamp
DEV := .venv/dev.stamp

.PHONY: help demo up test test-pages test-kafka test-slow bench bench-checks bench-insights bench-forecasts bench-alerts bench-pages accuracy accuracy-payments lint format types generate check lock vendor screenshots env clean local dev

help: ## This list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-17s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: $(LOCAL) ## A simulated quarter of a distributor's business, from nothing, in under three minutes
	@$(BIN)/tallyman demo $(ARGS)

up: $(LOCAL) ## Run everything on this machine, on data in ./var that survives a restart
	@$(BIN)/tallyman up $(ARGS)

test: $(DEV) ## All tests that need neither Java, nor a browser, nor many minutes
	@$(BIN)/pytest -m "not kafka and not browser and not slow" $(PARALLEL) $(ARGS)

test-pages: $(DEV) ## The console's pages in a browser (needs Chromium)
	@$(BIN)/pytest -m "browser and not slow" $(PARALLEL) $(ARGS)

test-kafka: $(DEV) ## The tests against a real Apache Kafka (needs Java 17; Maven fetches the jars)
	@$(BIN)/pytest -m "kafka and not slow" $(PARALLEL) $(ARGS)

test-slow: $(DEV) ## The tests that take minutes: random kills, whole histories
	@$(BIN)/pytest -m "slow" $(ARGS)

bench: $(DEV) ## Events per second and decision latency, against the floor measured in the same run
	@$(BIN)/python -m tests.load.bench $(ARGS)

bench-checks: $(DEV) ## What a decision costs, by the customer's open invoices and by the size of the tables
	@$(BIN)/python -m tests.load.checks $(ARGS)

bench-insights: $(DEV) ## Events per second through insights, and how far behind derived data is, by customers and history
	@$(BIN)/python -m tests.load.insights $(ARGS)

bench-forecasts: $(DEV) ## CPU time of forecasting 100,000 customers anew and of fitting a population (ARGS="--customers 20000" is quicker)
	@$(BIN)/python -m tests.load.forecasts $(ARGS)

bench-alerts: $(DEV) ## What an alert storm costs: every customer crosses a threshold in one batch
	@$(BIN)/python -m tests.load.alerts $(ARGS)

bench-pages: $(DEV) ## Bytes and server time of every page with 100,000 customers; live pages (ARGS="--customers 5000" is quicker)
	@$(BIN)/python -m tests.load.pages $(ARGS)

accuracy: $(DEV) ## How good the forecasts of orders are, by rolling origin on real orders (ARGS="--uci FILE --from DAY --to DAY")
	@$(BIN)/python -m tests.accuracy.orders $(ARGS)

accuracy-payments: $(DEV) ## How good the forecast of payment dates is, by rolling origin on real invoices
	@$(BIN)/python -m tests.accuracy.payments $(ARGS)

lint: $(DEV) ## Style
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check --quiet . || { $(BIN)/ruff format --check .; exit 1; }

format: $(DEV) ## Let the formatter have its way
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

types: $(DEV) ## Types, strictly
	@$(BIN)/mypy

generate: $(DEV) ## Write again what is generated from the contracts
	@$(BIN)/python -m contracts.generate

check: $(DEV) ## Are the generated files fresh, and can consumers of the last schema still read events?
	@$(BIN)/python -m contracts.generate --check
	@$(BIN)/python -m contracts.compat

lock: $(DEV) ## Resolve the dependencies anew (ARGS=--upgrade for the newest)
	@sh deploy/lock.sh $(ARGS)

vendor: $(DEV) ## Fetch the scripts of others that pages and their tests use, by exact version and hash (needs npm)
	@$(BIN)/python -m deploy.vendor

screenshots: $(DEV) ## Every page of the console on a simulated business, as pictures in docs/screenshots (needs Chromium)
	@$(BIN)/python -m deploy.screenshots $(ARGS)

env: ## Write .env for docker compose, with fresh passwords
	@$(PYTHON) deploy/docker/make_env.py

clean: ## Remove the environment and caches; never the data in ./var
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis build dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

local: $(LOCAL)
dev: $(DEV)

$(LOCAL): requirements-local.lock requirements-uv.lock pyproject.toml deploy/environment.sh
	@sh deploy/environment.sh requirements-local.lock
	@touch $@

# The development lock contains the local one.
$(DEV): requirements-dev.lock requirements-uv.lock pyproject.toml deploy/environment.sh
	@sh deploy/environment.sh requirements-dev.lock
	@touch $(LOCAL) $@
