# Every verb does its own set-up: on a fresh clone `make study` or `make test` needs nothing before it.

.DEFAULT_GOAL := help
# Two installs at once would meet in one .venv: those of one make here, of two behind LOCK.
.NOTPARALLEL:

PYTHON      ?= python3
STUDY       := studies/mlp_dropout_effect.toml
EXPERIMENT  := experiments/mlp_baseline.toml
NAME        := mlp_dropout_effect
ARGS        :=
# Two processes, each with files of its own until the other is idle: what the tests of a file share
# is made once.
PYTEST_ARGS := -n 2 --dist worksteal

BIN     := .venv/bin
RUN     := .venv/.installed-run
DEV     := .venv/.installed-dev
# What is installed for developers serves to run, too.
READY   := $(firstword $(wildcard $(DEV)) $(RUN))
BACKEND := hatchling editables
# A second make waits for the first one's set-up and finds it done; macOS has no flock.
LOCK    := $(if $(shell command -v flock),flock Makefile)
CACHES  := .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache build dist

.PHONY: ready help study ui dashboard compare report experiment data test test-slow test-faults \
  test-cluster test-soak test-gpu lint audit bench release setup constraints clean

help: ## list the verbs
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' Makefile

study: data ## run a study, or go on with it (STUDY=studies/x.toml, ARGS="--workers 1")
	$(BIN)/fashion-bench study run $(STUDY) $(ARGS)

ui: $(READY) ## look at the studies, and at every trial in MLflow
	$(BIN)/fashion-bench ui $(ARGS)

# It offers to delete studies; the database, opened to be read alone, does not let it.
dashboard: $(BIN)/optuna-dashboard ## look at the trials in Optuna's own pages (ARGS="--port 8081")
	@[ -f runs/ledger.db ] || { echo 'runs/ledger.db is not there yet: make study' >&2; exit 1; }
	$(BIN)/optuna-dashboard --host 127.0.0.1 --server wsgiref $(ARGS) 'sqlite:///file:runs/ledger.db?mode=ro&uri=true'

compare: $(READY) ## compare the arms of a study (NAME=mlp_dropout_effect)
	$(BIN)/fashion-bench compare $(NAME) $(ARGS)

report: $(READY) ## write a full report as one page (NAME=mlp_dropout_effect)
	$(BIN)/fashion-bench report $(NAME) $(ARGS)

experiment: data ## measure on the test images (EXPERIMENT=experiments/x.toml)
	$(BIN)/fashion-bench experiment run $(EXPERIMENT) $(ARGS)

data: $(READY) ## fetch the images, once
	$(BIN)/fashion-bench data fetch

# One thread a process: several processes, each with a thread for every core, wait on one another.
test: $(DEV) ## run the tests (PYTEST_ARGS="-n 2")
	$(BIN)/fashion-bench data fetch
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest $(PYTEST_ARGS)

test-slow: $(DEV) ## run the long simulations, minutes each
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest $(PYTEST_ARGS) -m slow

test-faults: $(DEV) ## kill, cut off and fill up real studies
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest $(PYTEST_ARGS) -m faults

# One process: its nodes are processes that need both cores.
test-cluster: $(DEV) ## train on real Ray nodes of this machine, killed and added meanwhile
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -m cluster

test-soak: $(DEV) ## thousands of trials and of made-up or damaged files, ten minutes
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest $(PYTEST_ARGS) -m soak

test-gpu: $(DEV) ## is what a GPU trains right, whole and quick? ten minutes (ARGS="--only speed")
	$(BIN)/python -m tests.gpu $(ARGS)

lint: $(DEV) ## check format, style, types, floors and the container files
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/yamllint --strict docker
	$(BIN)/hadolint docker/Dockerfile

# In an environment of its own, so that what checks is not among what is checked. Without --strict
# it finds nothing wrong with what it could not look up.
audit: ## look up every version in constraints.txt among the known vulnerabilities
	$(PYTHON) -m venv --clear build/audit
	build/audit/bin/python -m pip install --quiet pip-audit
	build/audit/bin/pip-audit --strict --no-deps --disable-pip --requirement constraints.txt

bench: $(DEV) ## measure the speed of this machine
	$(BIN)/fashion-bench data fetch
	$(BIN)/python -m experiments.bench $(ARGS)

# The wheel is built from the source that is released with it, and tried in an environment and a
# folder that hold nothing else: the images come from the user's cache, or are fetched.
release: $(DEV) ## build dist/, check it, and get to an answer with the wheel alone
	rm -rf dist build/release
	mkdir -p build/release/source build/release/bare
	$(BIN)/python -m hatchling build --target sdist
	tar --extract --file dist/*.tar.gz --directory build/release/source --strip-components 1
	cd build/release/source && $(abspath $(BIN))/python -m hatchling build --target wheel --directory $(abspath dist)
	$(PYTHON) -m venv build/release/checking
	build/release/checking/bin/python -m pip install --quiet twine
	build/release/checking/bin/twine check --strict dist/*
	$(PYTHON) -m venv build/release/venv
	build/release/venv/bin/python -m pip install --quiet -c constraints.txt dist/*.whl
	cd build/release/bare && unset PYTHONPATH && for words in "" "study run smoke" "" "compare smoke"; do \
	  ../venv/bin/fashion-bench $$words || exit 1; done

setup: $(DEV) ## install everything into .venv, developers' tools too

ready: $(READY)

$(RUN) $(DEV): pyproject.toml constraints.txt
ifndef LOCKED
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
	  { echo '$(PYTHON): Python 3.11 or newer is needed; name one: make PYTHON=python3.13' >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
	  { echo '$(PYTHON): venv is incomplete; on Debian and Ubuntu: apt install python3-venv' >&2; exit 1; }
	@$(LOCK) $(MAKE) --no-print-directory LOCKED=yes $(if $(filter $(DEV),$@),$@,ready)
else
# A .venv without a stamp is half an install or another's: it is begun anew.
	@ls .venv/.installed-* >/dev/null 2>&1 || rm -rf .venv
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install -c constraints.txt $(BACKEND)
	$(BIN)/python -m pip install -c constraints.txt --no-build-isolation -e '.$(if $(filter $(DEV),$@),[dev])'
	@touch $@
endif

$(BIN)/optuna-dashboard: | $(READY)
	$(BIN)/python -m pip install -c constraints.txt --no-build-isolation -e '.[dashboard]'

# Run it with the oldest Python supported, so that the versions fit every newer one.
constraints: ## write constraints.txt anew: the newest versions that go together
	$(PYTHON) -m venv --clear build/fresh
	sed '/^$$/q' constraints.txt > build/constraints.txt
	build/fresh/bin/python -m pip install -c build/constraints.txt $(BACKEND) -e '.[dev]'
	build/fresh/bin/python -m pip freeze --all --exclude-editable --exclude pip \
	  --exclude torch --exclude torchvision >> build/constraints.txt
	mv build/constraints.txt constraints.txt
	rm -rf build/fresh

clean: ## remove .venv and the caches, never runs/ or the images
	$(LOCK) rm -rf .venv $(CACHES)
	find experiments fashion_bench tests -name __pycache__ -prune -exec rm -rf {} +
