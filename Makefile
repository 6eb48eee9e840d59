# run    set up what is missing and run the product; Ctrl-C stops it
# test   everything: check, unit, integration, front end, end to end
# check  lint, format, types, import rules, generated files
# e2e    the end-to-end tests only
# bench  measure it
# api    write the front end's types from the API
# dev    run the product, and the pages with live reload beside it
# clean  remove what was built; data in var/ stays
.PHONY: run test check e2e bench api dev clean
.NOTPARALLEL:
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules --no-print-directory

export PATH := $(CURDIR)/.venv/node:$(CURDIR)/.venv/bin:$(PATH)
# Common in containers, but without its cache Python starts seconds later.
unexport PYTHONDONTWRITEBYTECODE

PYTHON := .venv/.installed
DEV := .venv/.installed-dev
NODE := node_modules/.package-lock.json
PAGES := backend/tracker/static/index.html
OPENAPI := .venv/openapi.json

run: $(PYTHON) $(PAGES)
	@exec tracker serve

test: $(DEV) $(PAGES) check
	@python -m ops.browser
	@npm test --silent
	@pytest --cov --cov-report=term

check: $(DEV) $(NODE) $(OPENAPI)
	@ruff check
	@ruff format --check
	@mypy
	@lint-imports
	@npm run --silent check
	@npm run --silent api -- --check $(OPENAPI)

e2e: $(DEV) $(PAGES)
	@python -m ops.browser
	@pytest e2e

bench: $(DEV) $(PAGES)
	@exec python -m tests.bench

api: $(PYTHON) $(NODE) $(OPENAPI)
	@npm run --silent api -- $(OPENAPI)

dev: $(PYTHON) $(PAGES)
	@trap 'kill $$!; wait' EXIT; tracker serve & npm run --silent dev

clean:
	rm -rf .venv node_modules backend/tracker/static .coverage* .*_cache

$(PYTHON): ops/bootstrap.sh pyproject.toml requirements-build.lock requirements.lock
	@ops/bootstrap.sh requirements.lock
	@touch $@

$(DEV): $(PYTHON) requirements-dev.lock
	@ops/bootstrap.sh requirements-dev.lock
	@touch $@

# Not `npm ci`: it insists on packages for other systems, which not every registry has.
$(NODE): package.json package-lock.json | $(PYTHON)
	@echo "Installing the packages of the pages" >&2
	@npm install --no-save --loglevel=error --no-audit --no-fund \
	    --no-update-notifier >/dev/null || { \
	    echo "make: npm install failed: see above; with a network, repeat" >&2; exit 1; }
	@touch $@

# Directories are among the sources, as they tell of files that are gone.
$(PAGES): $(NODE) $(shell find frontend -name node_modules -prune -o -not -name '*.test.*' -print)
	@echo "Building the pages" >&2
	@npm run --silent build -- --logLevel warn
	@touch $@

$(OPENAPI): $(shell find backend/tracker -name '*.py') | $(PYTHON)
	@tracker openapi >$@

include ops/ship.mk
