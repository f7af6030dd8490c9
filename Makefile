# Anneal's commands. `make help` lists them.
SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:
MAKEFLAGS += --no-builtin-rules --no-print-directory

ARGS ?=
VENV_PYTHON := .venv/bin/python
# The machine's Python, 3.11 or later. Another one: make demo PYTHON=python3.12
PYTHON ?= $(shell for name in python3 python3.11 python3.12 python3.13 python3.14; do \
	if "$$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then echo "$$name"; break; fi; done)
export PYTHONPATH := $(CURDIR)/platform:$(CURDIR)
# Packages are installed without their bytecode, most of which nothing ever needs: what is imported is compiled once, where that is kept.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: help demo test check dev bench schema clean distclean guard python

help: ## List the commands
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

demo: guard python ## Set up, fine-tune a model on the bundled data, serve it (ARGS=--no-serve: stop after the prediction)
	@"$(PYTHON)" -m deploy.local.install --frontend
	@exec $(VENV_PYTHON) -m deploy.local.demo $(ARGS)

test: guard python ## Set up and run the whole test suite (ARGS: more arguments for pytest)
	@"$(PYTHON)" -m deploy.local.install --dev --frontend --browser
	@exec $(VENV_PYTHON) -m deploy.local.suite test $(ARGS)

check: guard python ## Lint, types, layers and fast tests: what a change is held to before it is committed
	@"$(PYTHON)" -m deploy.local.install --dev --frontend
	@exec $(VENV_PYTHON) -m deploy.local.suite check $(ARGS)

dev: guard python ## Run everything on this machine, with debug pages, until Ctrl-C
	@"$(PYTHON)" -m deploy.local.install --frontend
	@exec $(VENV_PYTHON) -m deploy.local.up $(ARGS)

bench: guard python ## Measure the speed claims of the README (ARGS: see benchmarks/)
	@"$(PYTHON)" -m deploy.local.install --dev
	@exec $(VENV_PYTHON) -m benchmarks $(ARGS)

schema: guard python ## Write the API's OpenAPI document and the page's types from it
	@"$(PYTHON)" -m deploy.local.install --dev --frontend-packages
	@$(VENV_PYTHON) -m deploy.local.environment $(VENV_PYTHON) manage.py spectacular \
		--format openapi-json --validate --fail-on-warn --file frontend/openapi.json
	@PATH="$$($(VENV_PYTHON) -m deploy.local.install --print-path)" npm --prefix frontend run generate

clean: python ## Remove data, builds and caches; keep what was installed
	@"$(PYTHON)" -m deploy.local.clean

distclean: python ## Remove everything that is not in the repository
	@"$(PYTHON)" -m deploy.local.clean --all

# `platform/` is a source root. An __init__.py there, or a folder tests/platform, would hide Python's own `platform` module:
# python -m pytest, celery and import uuid would die with messages that say nothing of the cause. Hence in shell, and first.
guard:
	@if [ -e platform/__init__.py ] || [ -e tests/platform ]; then \
		echo "platform/__init__.py and tests/platform must not exist: they hide Python's own module 'platform'. Remove them." >&2; exit 1; fi

python:
	@if [ -z "$(PYTHON)" ]; then \
		echo "Anneal needs Python 3.11 or later, and this machine has none (python3: $$(python3 --version 2>&1 || true))." >&2; \
		echo "Install it (Debian, Ubuntu: apt-get install python3 python3-venv), or name one: make demo PYTHON=/path/to/python3" >&2; exit 1; fi
