# Everything here runs in .venv, which is made on first use. Another Python: make lab PYTHON=python3.13
# Another folder for the environment, so that several can stand beside each other: VENV=.venv-3.13
PYTHON ?= python3
VENV := .venv

ifeq ($(OS),Windows_NT)
BIN := $(VENV)/Scripts
PYTHON := py -3
else
BIN := $(VENV)/bin
endif

# What students get and use; it runs on every system and needs no sandbox and no browser.
STUDENTS := tests/checks tests/convolution tests/data tests/nn tests/progress tests/show \
  tests/test_gradcheck.py tests/test_handed_out.py tests/test_log.py tests/test_start.py

.PHONY: help lab test test-fast test-student test-lowest test-highest test-wheel test-torch ci \
  mutants build wheel release site site-serve browser site-check torch clean

help:
	@echo "make lab           open JupyterLab at the first lesson (ARGS=--no-browser without a screen)"
	@echo "make test          run every test"
	@echo "make test-fast     run the tests that start no process and take no seconds"
	@echo "make test-student  run the tests of what students use, on any system"
	@echo "make test-lowest   run these with the oldest versions that pyproject.toml allows"
	@echo "make test-highest  run these with the newest versions that it allows"
	@echo "make test-wheel    build the wheels, install them with nothing else, and use them"
	@echo "make ci            run all that has to pass before a change lands"
	@echo "make test-torch    run the tests against PyTorch, which \`make torch\` adds"
	@echo "make mutants       break every solution by chance, and see what the checks say (some minutes)"
	@echo "make build         make notebooks/ and solutions/ from lessons/"
	@echo "make wheel         build the package that is published, into dist/"
	@echo "make release       all that a tag publishes, into dist/release (TAG=v0.2.0)"
	@echo "make site          build the website into dist/site"
	@echo "make browser       add to it what runs in a browser: Python for its pages, and JupyterLite"
	@echo "make site-serve    build the website and show it on this machine"
	@echo "make site-check    look for barriers on the built site, and weigh its pages"
	@echo "make torch         add PyTorch, for the tests against it"
	@echo "make clean         remove the environment and everything else that can be made again"

lab: $(VENV)/ready-for-lessons
	$(BIN)/course lab $(ARGS)

# Three at a time keep two cores at work: many tests wait for a browser, a server or a kernel.
test: $(VENV)/ready-for-tests
	$(BIN)/python -m pytest -n 3 --dist loadgroup $(ARGS)

# None of these runs a notebook; without nbval they are collected sooner. pytest keeps the compiled
# tests, whatever the shell says: to compile them takes 3 seconds in each worker.
test-fast: export PYTHONDONTWRITEBYTECODE =
test-fast: $(VENV)/ready-for-tests
	$(BIN)/python -m pytest -n 2 --dist worksteal -p no:nbval -m "not slow" \
	  --hypothesis-profile=fast $(ARGS)

test-student: $(VENV)/ready-for-student-tests
	$(BIN)/python -m pytest -n 2 -m "not slow" $(STUDENTS) $(ARGS)
	$(BIN)/python -m pytest tests/progress $(ARGS)

# Environments of their own, made by uv, whose pip can choose the oldest versions.
test-lowest test-highest: test-%:
	$(MAKE) $(VENV)-$*/ready-$* VENV=$(VENV)-$*
	$(MAKE) test-student VENV=$(VENV)-$*

$(VENV)/ready-lowest $(VENV)/ready-highest: $(VENV)/ready-%: $(VENV)/pyvenv.cfg pyproject.toml
	@$(BIN)/python -m pip install --disable-pip-version-check --quiet "uv>=0.5,<1"
	@$(BIN)/python -m uv pip install --upgrade --python $(BIN)/python \
	  --resolution $(subst lowest,lowest-direct,$*) -e ".[test,authoring]"
	@$(BIN)/python -c "[open(f'$(VENV)/{name}', 'w').close() for name in ('ready-for-lessons', 'ready-for-student-tests', 'ready-$*')]"

test-wheel: $(VENV)/ready-for-student-tests
	$(BIN)/python -m pytest tests/test_wheel.py $(ARGS)

ci:
	bash .ci/run

test-torch: $(VENV)/ready-for-tests
	$(BIN)/python -m pytest -n 2 --dist loadgroup -m torch $(ARGS)

mutants: $(VENV)/ready-for-tests
	$(BIN)/python -m tests.checks.mutants $(ARGS)

build: $(VENV)/ready-for-authors
	$(BIN)/course build $(ARGS)

wheel: $(VENV)/pyvenv.cfg
	$(BIN)/python -m pip wheel --disable-pip-version-check --no-deps --wheel-dir dist .

release: $(VENV)/ready-for-authors wheel site
	rm -rf dist/release
	mkdir -p dist/release/wheel
	$(BIN)/python .ci/release_notes.py "$(TAG)" > dist/release/notes.md
	$(BIN)/course release dist/students
	cp dist/*.whl dist/release/wheel/
	cp dist/students/convolution-course.zip dist/release/
	cd dist && $(abspath $(BIN))/python -m zipfile -c release/site.zip site

site: $(VENV)/ready-for-site
	$(BIN)/course site $(ARGS)

site-serve: $(VENV)/ready-for-site
	$(BIN)/course site --serve $(ARGS)

browser: $(VENV)/ready-for-site
	$(BIN)/course browser $(ARGS)

site-check: $(VENV)/ready-for-tests site
	$(BIN)/python tests/site/axe.py
	$(BIN)/python tests/site/weigh.py

torch: $(VENV)/ready-for-tests
	$(BIN)/python -m pip install "torch==2.13.0"

clean:
	rm -rf $(VENV) $(VENV)-lowest $(VENV)-highest dist .course .pytest_cache .ruff_cache .mypy_cache .hypothesis

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

$(VENV)/ready-for-student-tests: $(VENV)/ready-for-lessons pyproject.toml
	@echo "Installing what the tests of the student's part need"
	@$(BIN)/python -m pip install --disable-pip-version-check --progress-bar on -e ".[test,authoring]"
	@$(BIN)/python -c "open('$@', 'w').close()"

$(VENV)/ready-for-tests: $(VENV)/ready-for-lessons pyproject.toml
	@echo "Installing what the tests need"
	@$(BIN)/python -m pip install --disable-pip-version-check --progress-bar on -e ".[test,site,authoring,instructor]"
	@$(BIN)/python -c "open('$@', 'w').close()"

$(VENV)/ready-for-site: $(VENV)/ready-for-lessons pyproject.toml
	@echo "Installing what the website needs"
	@$(BIN)/python -m pip install --disable-pip-version-check --progress-bar on -e ".[site]"
	@$(BIN)/python -c "open('$@', 'w').close()"
