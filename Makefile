# make            what can be made
# Everything sets itself up first, can be run twice, and goes on after an interruption.

BIN := .venv/bin

.PHONY: help install run test check bench lock
help:
	@echo "make run      set up everything and serve the demo on http://127.0.0.1:8000/"
	@echo "make test     set up everything and run the tests"
	@echo "make check    lint, types, order of imports"
	@echo "make bench    measure, peers side by side"
	@echo "make install  .venv with everything, so that $(BIN)/firmground runs"
	@echo "make lock     bring requirements.lock up to what pyproject.toml asks for"

install:
	@tools/install

run: install
	@$(BIN)/firmground demo

test:
	@tools/install --browser
	@$(BIN)/python -m pytest -n 2 --dist loadfile

check: install
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: install
	@$(BIN)/firmground bench

lock: install
	$(BIN)/uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 --generate-hashes \
		--no-header --no-annotate --quiet --output-file requirements.lock
