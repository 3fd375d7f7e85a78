# What a person types. Everything works in a path with spaces and again after an interruption.

PYTHON ?= python3
PYTEST_ARGS ?=
CHAOS_ARGS ?=

py := .venv/bin/python
pip := $(py) -m pip --disable-pip-version-check --quiet
sources := manage.py docs edubot conversations support whatsapp tests

.PHONY: help run test chaos fuzz check lint types audit bench install install-dev lock clean
.DELETE_ON_ERROR:

help:                    ## this list
	@grep -E '^[a-z-]+:.*##' Makefile | sed -E 's/^([a-z-]+):.*## */  make \1\t/' | expand -t 20

run: install .env        ## run everything on this machine, with the phone simulator
	@$(py) manage.py dev

test: install-dev        ## run the whole test suite against a real PostgreSQL
	@$(py) -m pytest -m "not browser" --numprocesses=auto --maxprocesses=4 $(PYTEST_ARGS)
	@$(py) -m pytest -m browser $(PYTEST_ARGS)  # one after the other: what a person sees in time is not to be hurried

chaos: install-dev       ## a storm of 50,000 messages (CHAOS_ARGS), then every seeded defect: about half an hour
	@DEBUG=true EDUBOT_READ_DOTENV=false $(py) manage.py chaos $(CHAOS_ARGS)
	@EDUBOT_MUTANTS=all $(py) -m pytest tests/storm $(PYTEST_ARGS)

fuzz: install-dev        ## 100,000 broken webhooks, and requests made up from the API's schema, by the thousand
	@EDUBOT_FUZZ=100000 $(py) -m pytest tests/whatsapp/test_webhook_fuzz.py tests/support/api/test_schema_fuzz.py $(PYTEST_ARGS)

check: lint types test   ## everything a change has to pass

lint: install-dev        ## format, style and import layers
	@$(py) -m ruff format --check $(sources)
	@$(py) -m ruff check $(sources)
	@.venv/bin/lint-imports

bench: install           ## measure every promise about speed (12 minutes; the first run also fills three databases)
	@$(py) manage.py bench

types: install-dev       ## static types
	@DEBUG=true SIMULATOR=true $(py) -m mypy  # its Django plugin reads the settings

audit: install-dev       ## look for known weaknesses in what is pinned; asks an advisory service
	@$(py) -m pip_audit --requirement requirements.txt --require-hashes --disable-pip
	@$(py) -m pip_audit --requirement requirements-dev.txt --require-hashes --disable-pip

install: .venv/.installed          ## the virtual environment with what running needs

install-dev: .venv/.installed-dev  ## and with what tests and checks need

.env:
	@cp .env.example .env

# The stamps make a second run quick: pip is called only when the pinned requirements have changed.
.venv/.installed: requirements.txt | .venv/bin/python
	@echo "Installing what EduBot needs (about a minute, once) …"
	@$(pip) install --require-hashes -r requirements.txt
	@touch $@

.venv/.installed-dev: requirements-dev.txt .venv/.installed
	@echo "Installing what tests and checks need (about a minute, once) …"
	@$(pip) install --require-hashes -r requirements-dev.txt
	@touch $@

.venv/bin/python:
	@command -v $(PYTHON) >/dev/null || { \
		echo "EduBot needs Python 3.11 or newer, and there is no $(PYTHON)."; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "EduBot needs Python 3.11 or newer; this is $$($(PYTHON) --version). Try: make PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -m venv .venv >/dev/null 2>&1 && $(py) -m pip --version >/dev/null 2>&1 || { rm -rf .venv; \
		echo "Python cannot make virtual environments here. Install them, on Debian and Ubuntu with:"; \
		echo "    sudo apt-get install python3-venv"; exit 1; }

lock: install-dev        ## write requirements*.txt anew from requirements*.in
	@$(py) -m piptools compile --quiet --strip-extras --generate-hashes --no-emit-index-url \
		--no-emit-find-links --no-emit-trusted-host --allow-unsafe requirements.in
	@$(py) -m piptools compile --quiet --strip-extras --generate-hashes --no-emit-index-url \
		--no-emit-find-links --no-emit-trusted-host --allow-unsafe requirements-dev.in

clean:                   ## remove the virtual environment and caches; data under var/ stays
	@rm -rf .venv .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
