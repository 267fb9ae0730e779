# Every command sets up what it needs first. `make help` lists them.
SHELL := /bin/sh
export PATH := $(PATH):/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin
export PYTHONUTF8 := 1
PYTHON ?= $(shell command -v python3 || echo /usr/bin/python3)
PY := .venv/bin/python
.DEFAULT_GOAL := help

.PHONY: help
help: ## This list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 18

.PHONY: run
run: ## Set up and start everything; PORT=8000, DEMO=no, DATABASE_URL=, REDIS_URL= as you like
	@$(PYTHON) -I config/install.py runtime && exec $(PY) -m config.up --with-parent

.PHONY: test
test: ## Every test, on real PostgreSQL, Redis, Celery and Chromium; ARGS="-k word" for some
	@$(PYTHON) -I config/install.py dev --browser && exec $(PY) -m pytest -n 3 --dist worksteal $(ARGS)

.PHONY: check
check: ## Format, lint, types, import contracts, migrations, templates, translations
	@$(PYTHON) -I config/install.py dev && exec $(PY) -m config.check

.PHONY: prove
prove: ## Show that every demand for a superior can be answered, whatever absences occur
	@$(PYTHON) -I config/install.py runtime && exec $(PY) manage.py prove

.PHONY: demo
demo: ## Throw the local data away and load the demonstration again
	@$(PYTHON) -I config/install.py runtime && exec $(PY) -m config.first_start --reset

.PHONY: tour
tour: ## Take the pictures of the README anew, in a desk of their own
	@$(PYTHON) -I config/install.py dev --browser && exec $(PY) -m config.demo.tour

.PHONY: faults
faults: ## Kill, delay, double and empty everything, and count what was lost; ARGS="--seed 7"
	@$(PYTHON) -I config/install.py dev && exec $(PY) -m tests.faults $(ARGS)

.PHONY: load
load: ## Add a desk of any size to the local data; TICKETS=100000
	@$(PYTHON) -I config/install.py runtime && exec $(PY) -m config.load.local $(or $(TICKETS),10000)

.PHONY: bench
bench: ## Measure beside bare Django and another help desk; SIZE=small in minutes, a million cases else
	@$(PYTHON) -I config/install.py dev && exec $(PY) -m tests.load

.PHONY: backup
backup: ## Write the database into one file under var/backups; FILE= elsewhere
	@$(PYTHON) -I config/install.py runtime && exec $(PY) -m config.backup backup $(FILE)

.PHONY: restore
restore: ## Put a backup in the database's place, jobs paused; FILE=var/backups/....dump
	@$(PYTHON) -I config/install.py runtime && exec $(PY) -m config.backup restore $(FILE)

.PHONY: messages
messages: ## Collect the texts to be translated into locale/
	@$(PYTHON) -I config/install.py dev && exec $(PY) manage.py messages

.PHONY: format
format: ## Format the code and the templates
	@$(PYTHON) -I config/install.py dev && $(PY) -m config.check --fix

.PHONY: lock
lock: ## Choose the newest versions that pyproject.toml admits (needs uv)
	@uv pip compile pyproject.toml $(LOCKING) -o requirements.lock
	@uv pip compile pyproject.toml --extra dev $(LOCKING) -c requirements.lock -o requirements-dev.lock

LOCKING := --upgrade --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	--no-emit-find-links --no-annotate --custom-compile-command "make lock" --quiet
