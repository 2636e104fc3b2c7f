# Everything runs in .venv, which is made on first use; nothing is installed outside of this folder.
PYTHON ?= python3
BIN := .venv/bin
export PIP_DISABLE_PIP_VERSION_CHECK := 1
# Where it is set, each of thousands of processes compiles the package anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help demo test check bench soak neo4j neo4j-stop clean
.DEFAULT_GOAL := help

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# Done again when the dependencies may have changed. The stamp comes last, so an installation cut short is repeated.
.venv/installed: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.11")'
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --editable '.[test]'
	@touch $@

demo: .venv/installed ## learn names, complete, explain
	sh examples/demo.sh

# Two processes share the tests: one has those that need a Neo4j, both have the others, a file at a time. PROCESSES=0 is one.
PROCESSES ?= $(if $(NEO4J_URI),0,2)

test: .venv/installed ## every test, on every store that is here
	$(BIN)/python -m pytest -n $(PROCESSES) --dist loadfile

check: .venv/installed ## lint, format, docstrings, and types of the package as it is installed
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/python -m pytest -q tests/test_docstrings.py tests/test_architecture.py
	$(BIN)/mypy --strict docker/neo4j_server.py
	rm -rf build .build # what setuptools finds in build/ from before goes into the wheel
	$(BIN)/python -m pip wheel --quiet --no-deps --wheel-dir .build .
	$(PYTHON) -m venv .build/venv
	.build/venv/bin/python -m pip install --quiet "$$(ls .build/plasticdb-*.whl)[parquet,postgres,shell,testing]"
	.build/venv/bin/plasticdb --help >.build/help.txt
	# from another folder, since mypy looks for the package in this one first
	cd .build && ../$(BIN)/mypy --config-file ../pyproject.toml --strict --python-executable venv/bin/python -p plasticdb

bench: .venv/installed ## what is measured, with how
	$(BIN)/python -m bench

soak: .venv/installed ## the long crash tests, and ten times as much of what the tests try at random
	$(BIN)/python -m pytest -m soak
	PLASTICDB_EFFORT=10 $(BIN)/python -m pytest $(shell grep -rl "import times" tests --include="test_*.py")

neo4j: ## start a local Neo4j and print how to use it
	@$(PYTHON) docker/neo4j_server.py start

neo4j-stop: ## end that Neo4j; its data stay in .neo4j/
	@$(PYTHON) docker/neo4j_server.py stop

clean: neo4j-stop ## remove what can be made again; the data of `make neo4j` stay
	rm -rf .venv .build .demo .neo4j/lib build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -prune -exec rm -rf {} +
