# What can be done here: `make help`. Every target brings what it needs, on a fresh Debian too.

PORT ?= 8000
DEMO_DIR ?= demo
SECONDS ?= 120
SETUP ?= sqlite
SEED ?= 1
BIN := .venv/bin
READY := .venv/ready

.DEFAULT_GOAL := help
.PHONY: help demo test lint types layers migrations check migration assets wheel translations translations-check \
	benchmarks drill screenshots docs format clean system

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-20s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

$(READY): pyproject.toml scripts/bootstrap.sh
	@scripts/bootstrap.sh python

system: $(READY) ## Install what the tests need from the system (slicer, browser, fonts)
	@scripts/bootstrap.sh test

demo: $(READY) ## Run a lab to look at: make demo PORT=8000 DEMO_DIR=demo
	@scripts/bootstrap.sh demo
	@exec $(BIN)/fabqueue demo --port $(PORT) --folder "$(DEMO_DIR)"

test: system ## Run every test, a file at a time on each core
	@$(BIN)/pytest -n auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder --durations 20

lint: $(READY) ## Check style
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types: $(READY) ## Check types
	@$(BIN)/mypy

layers: $(READY) ## Check that imports go down the layers
	@$(BIN)/lint-imports

migrations: $(READY) ## Check that there is one head and that it is what the models say
	@$(BIN)/pytest -q tests/migrations/test_schema.py

translations-check: $(READY) ## Check that every language is complete
	@$(BIN)/python scripts/translations.py --check

check: lint types layers translations-check test ## Run all checks and every test

migration: $(READY) ## Write a migration from what the models changed: make migration NAME=add_spool_weight
	@$(BIN)/python scripts/migration.py "$(NAME)"

translations: $(READY) ## Collect texts into the catalogues and compile them
	@$(BIN)/python scripts/translations.py

assets: $(READY) ## Fetch the pinned front-end parts into static/vendor
	@$(BIN)/python hatch_build.py

wheel: $(READY) ## Build the wheel and the source archive into dist/; make docs before it for the pictures of the help
	@$(BIN)/python -m build

benchmarks: system ## Measure estimates against truth; each ends with one JSON line
	@for each in benchmarks/*.py; do $(BIN)/python "$$each" || exit 1; done

drill: system ## Kill and cut everything while real OctoPrints print, and count: make drill SECONDS=120 SETUP=postgresql-2 SEED=1
	@exec $(BIN)/python -m drill --seconds $(SECONDS) --setup $(SETUP) --seed $(SEED)

screenshots: system ## Picture every page into screenshots/, list what is wrong: make screenshots LOOK="desk* --size phone"
	@$(BIN)/python scripts/screenshots.py $(LOOK)

docs: system ## Picture the pages the guides show, and build the guides into site/; fails on a link that leads nowhere
	@$(BIN)/python scripts/guides.py

format: $(READY) ## Put the code into its form
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

clean: ## Remove what was built here (not .venv, .octoprint and the demonstration)
	@rm -rf build dist site htmlcov .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	@find fabqueue printers tests -name __pycache__ -type d -prune -exec rm -rf {} +
