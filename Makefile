# The two commands are `make run` and `make test`; each sets up what it needs.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
export PIP_DISABLE_PIP_VERSION_CHECK = 1

.PHONY: run test lint docs benchmark clean

run: $(VENV)/installed  ## A trained network on simulated memristors, with its report
	$(BIN)/mho run studies/closed_loop.toml

test: $(VENV)/installed-test  ## The whole test suite
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest --numprocesses auto --dist loadfile

lint: $(VENV)/installed-lint  ## Style and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

docs: $(VENV)/installed-docs  ## The documentation, into site/
	$(BIN)/mkdocs build --strict

benchmark: $(VENV)/installed-test $(VENV)/installed-benchmark  ## Timings against peers; stores JSON, updates the scoreboard
	$(BIN)/python -m pip install --quiet --no-deps badcrossbar  # its own pins are of 2022
	$(BIN)/python benchmarks/run.py

clean:
	rm -rf $(VENV) site

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/installed: pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --editable .
	touch $@

$(VENV)/installed-%: pyproject.toml | $(VENV)/installed
	$(BIN)/python -m pip install --quiet --editable '.[$*]'
	touch $@
