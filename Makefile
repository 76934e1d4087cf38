# Everything here runs in .venv, which is made on first use. Another Python: make lab PYTHON=python3.13
PYTHON ?= python3
VENV := .venv

ifeq ($(OS),Windows_NT)
BIN := $(VENV)/Scripts
PYTHON := py -3
else
BIN := $(VENV)/bin
endif

.PHONY: help lab test test-fast test-torch mutants build site site-serve site-check torch clean

help:
	@echo "make lab         open JupyterLab at the first lesson (ARGS=--no-browser without a screen)"
	@echo "make test        run every test"
	@echo "make test-fast   run the tests that start no kernel, server or browser"
	@echo "make test-torch  run the tests against PyTorch, which \`make torch\` adds"
	@echo "make mutants     break every solution by chance, and see what the checks say (some minutes)"
	@echo "make build       make notebooks/ and solutions/ from lessons/"
	@echo "make site        build the website into dist/site"
	@echo "make site-serve  build the website and show it on this machine"
	@echo "make site-check  look for barriers on the built site, and weigh its pages"
	@echo "make torch       add PyTorch, for the tests against it"
	@echo "make clean       remove the environment and everything else that can be made again"

lab: $(VENV)/ready-for-lessons
	$(BIN)/course lab $(ARGS)

test: $(VENV)/ready-for-tests
	$(BIN)/python -m pytest -n 2 --dist loadgroup $(ARGS)

test-fast: $(VENV)/ready-for-tests
	$(BIN)/python -m pytest -n 2 -m "not slow" $(ARGS)

test-torch: $(VENV)/ready-for-tests
	$(BIN)/python -m pytest -n 2 --dist loadgroup -m torch $(ARGS)

mutants: $(VENV)/ready-for-tests
	$(BIN)/python -m tests.checks.mutants $(ARGS)

build: $(VENV)/ready-for-authors
	$(BIN)/course build $(ARGS)

site: $(VENV)/ready-for-site
	$(BIN)/course site $(ARGS)

site-serve: $(VENV)/ready-for-site
	$(BIN)/course site --serve $(ARGS)

site-check: $(VENV)/ready-for-tests site
	$(BIN)/python tests/site/axe.py
	$(BIN)/python tests/site/weigh.py

torch: $(VENV)/ready-for-tests
	$(BIN)/python -m pip install "torch==2.13.0"

clean:
	rm -rf $(VENV) dist .course .pytest_cache .ruff_cache .mypy_cache .hypothesis

$(VENV)/pyvenv.cfg:
	@$(PYTHON) -c "import sys; sys.exit(sys.version_info < (3, 11))" || { \
	  echo "The course needs Python 3.11 or newer; this is $$($(PYTHON) --version 2>&1)."; \
	  echo "If a newer one is installed, name it: make lab PYTHON=python3.13"; exit 1; }
	@$(PYTHON) -c "import ensurepip, venv" 2>/dev/null || { \
	  echo "This Python cannot make environments. On Debian and Ubuntu: apt install python3-venv"; exit 1; }
	@echo "Making the course's own environment in $(VENV)"
	@$(PYTHON) -m venv $(VENV)

$(VENV)/ready-for-lessons: $(VENV)/pyvenv.cfg pyproject.toml
	@echo "Installing what the lessons need: about 400 MB, once"
	@$(BIN)/python -m pip install --disable-pip-version-check --progress-bar on -e .
	@$(BIN)/python -c "open('$@', 'w').close()"

$(VENV)/ready-for-authors: $(VENV)/ready-for-lessons pyproject.toml
	@echo "Installing what builds the notebooks"
	@$(BIN)/python -m pip install --disable-pip-version-check --progress-bar on -e ".[authoring]"
	@$(BIN)/python -c "open('$@', 'w').close()"

$(VENV)/ready-for-tests: $(VENV)/ready-for-lessons pyproject.toml
	@echo "Installing what the tests need"
	@$(BIN)/python -m pip install --disable-pip-version-check --progress-bar on -e ".[test,site,authoring,instructor]"
	@$(BIN)/python -c "open('$@', 'w').close()"

$(VENV)/ready-for-site: $(VENV)/ready-for-lessons pyproject.toml
	@echo "Installing what the website needs"
	@$(BIN)/python -m pip install --disable-pip-version-check --progress-bar on -e ".[site]"
	@$(BIN)/python -c "open('$@', 'w').close()"
