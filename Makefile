# Two commands to begin with: make inspect, make test. Works with python3 and make alone; uses uv where it is on the PATH.

VENV ?= .venv
SAMPLES := out/samples
PYTHON ?= python3
BIN := $(VENV)/bin
CORE := $(VENV)/.core-installed
DEV := $(VENV)/.dev-installed
export PYTHON

.DEFAULT_GOAL := help
.PHONY: help inspect test lint format docs bench locks clean

help: ## show this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):[^#]*## (.*)/  make \1\t\2/' | expand -t 18

inspect: $(CORE) ## install the core, draw sample photos, inspect them, say where the report is
	@rm -rf $(SAMPLES)
	@$(BIN)/python docs/examples/draw_samples.py $(SAMPLES)/photos
	@$(BIN)/crackscope inspect $(SAMPLES)/photos --out $(SAMPLES)/inspection --scale 0.2
	@echo "Open the report: $(abspath $(SAMPLES))/inspection/report.html"

test: $(DEV) ## run all tests (the first time installs PyTorch, some GB)
	@$(BIN)/python -m pytest

lint: $(DEV) ## check style, types and who imports whom
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo

format: $(DEV) ## mend style where a program can
	@$(BIN)/ruff check --fix
	@$(BIN)/ruff format

docs: $(DEV) ## check that the links, commands and code in the docs hold
	@$(BIN)/python -m pytest -q tests/integration/test_documents.py

bench: $(DEV) ## time and measure; prints the rows of benchmarks/RESULTS.md
	@set -e; for script in benchmarks/*.py; do echo "== $$script"; $(BIN)/python "$$script"; done

locks: ## write the lock files anew (needs uv)
	@scripts/lock.sh

clean: ## remove everything made here, the virtual environment too
	rm -rf $(VENV) out build dist .pytest_cache .ruff_cache .mypy_cache .hypothesis .import_linter_cache
	find src tests benchmarks docs -name __pycache__ -type d -prune -exec rm -rf {} +

$(CORE): requirements/core.lock requirements/build.lock pyproject.toml scripts/install.sh
	@scripts/install.sh $(VENV) requirements/core.lock
	@touch $@

$(DEV): requirements/dev.lock requirements/build.lock pyproject.toml scripts/install.sh
	@scripts/install.sh $(VENV) requirements/dev.lock
	@touch $@
