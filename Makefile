# make            what can be made
# Everything sets itself up first, can be run twice, and goes on after an interruption.

BIN := .venv/bin

.PHONY: help install run test test-slow check bench lock
help:
	@echo "make run      set up everything and serve the demo on http://127.0.0.1:8000/"
	@echo "make test     set up everything and run the tests"
	@echo "make test-slow  the sets apart: more of Chromium, killed servers, the demonstration, the whole catalogue compiled"
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
	@$(BIN)/python -m pytest -n 2 --dist loadfile -m "not slow"

test-slow:
	@tools/install --browser
	@$(BIN)/python -m pytest -n 2 --dist loadfile -m slow

check: install
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

# The peers live in an environment of their own: what they need must not change what the house runs on.
bench: .venv-bench/installed
	@$(BIN)/python -m benchmarks.screen --sizes 10000 100000 --rounds 3
	@$(BIN)/python -m benchmarks.screen --where --households 100000
	@$(BIN)/python -m benchmarks.rescreen --households 100000 --rounds 3
	@$(BIN)/python -m benchmarks.explain
	@$(BIN)/python -m benchmarks.load --sizes 10000 100000 --runs 3

.venv-bench/installed: requirements-bench.lock | install
	@rm -rf .venv-bench
	@$(BIN)/python -m venv .venv-bench
	@.venv-bench/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes \
		--requirement requirements-bench.lock
	@touch $@

lock: install
	$(BIN)/uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 --generate-hashes \
		--no-header --no-annotate --quiet --output-file requirements.lock
	$(BIN)/uv pip compile pyproject.toml --extra bench --constraint requirements.lock --universal --python-version 3.11 \
		--generate-hashes --no-header --no-annotate --quiet --output-file requirements-bench.lock
