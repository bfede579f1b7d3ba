# The README's two commands are `make demo` and `make test`; each does everything on a fresh machine.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
ARGS ?=
MODELS := $(CURDIR)/.cache/models
export THREADLINE_MODELS ?= $(MODELS)
export THREADLINE_DATA ?= $(CURDIR)/../shared/data

.PHONY: always demo test servers servers-stop setup check lint types layers unit same-answers crash bench bench-cluster requirements clean help accuracy

help:
	@echo "make demo    run a fictional company end to end and open its console"
	@echo "             make demo ARGS=--no-serve    ends instead of serving"
	@echo "make test    lint, types, layers, every test, if anything has changed since they passed"
	@echo "make check   the same, in any case"
	@echo "make servers start the real Kafka, Elasticsearch and PostgreSQL on loopback"
	@echo "             make servers SERVERS=opensearch OFFSET=100    this one, its ports moved by 100"
	@echo "make servers-stop    stop them and remove their data"
	@echo "make same-answers    compare all that a cluster answers with the embedded answers"
	@echo "             make same-answers ARGS=\"--corpus large\"    with the material in THREADLINE_DATA"
	@echo "make crash   kill workers and servers while a cluster works, and compare what remains"
	@echo "             make crash ARGS=\"--events 2000 --engine faust\""
	@echo "make accuracy    measure every answer on the sets in THREADLINE_DATA and write docs/reference/accuracy.md"
	@echo "             make accuracy ARGS=\"--only sentiment\""
	@echo "make bench   print the performance ratios"
	@echo "make bench-cluster    the same of the cluster, on the real servers; half an hour on a quiet machine"

# uv resolves nothing here: every version is pinned; it only installs, in seconds.
$(VENV)/.done: requirements.txt pyproject.toml
	@command -v $(PYTHON) >/dev/null || { echo "Python 3.11 or newer is needed"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or newer is needed; this is `$(PYTHON) --version`. Try make PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { echo "the venv module is missing: apt install python3-venv"; exit 1; }
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==0.13.9
	$(BIN)/uv pip sync --quiet --python $(BIN)/python requirements.txt
	$(BIN)/python -m ensurepip --upgrade >/dev/null 2>&1 || true
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@touch $@

setup: $(VENV)/.done

demo: setup
	@$(BIN)/threadline models fetch whisper-base
	@$(BIN)/threadline demo $(ARGS)

# Like any target of make: run again only when a file has changed since the last green run.
TESTED := .cache/tested
SOURCES := $(wildcard $(shell git ls-files -co --exclude-standard 2>/dev/null))

test: $(TESTED)
	@echo "green since $$(date -r $(TESTED) '+%F %T'); make check runs everything again"

$(TESTED): $(VENV)/.done $(or $(SOURCES),always)
	@$(MAKE) --no-print-directory check
	@mkdir -p $(@D) && touch $@

check: setup lint types layers unit

lint: setup
	$(BIN)/ruff format --check --quiet .
	$(BIN)/ruff check --quiet .

types: setup
	$(BIN)/mypy --no-error-summary

layers: setup
	$(BIN)/lint-imports --no-cache

unit: setup
	@$(BIN)/threadline models fetch whisper-tiny.en
	$(BIN)/python -m pytest

# Tests use the servers that run, and otherwise start those that they need.
SERVERS ?=
OFFSET ?= 0

servers: setup
	@$(BIN)/python -m infra.dev --offset $(OFFSET) start $(SERVERS)

servers-stop: setup
	@$(BIN)/python -m infra.dev stop $(SERVERS)

same-answers: setup
	@$(BIN)/threadline models fetch whisper-tiny.en
	$(BIN)/python -m tests.e2e.same_answers $(ARGS)

crash: setup
	@$(BIN)/python -m tests.e2e.crash $(ARGS)

accuracy: setup
	@$(BIN)/threadline models fetch whisper-base
	@$(BIN)/threadline models fetch whisper-tiny.en
	@$(BIN)/python -m threadline.evaluation --data "$(THREADLINE_DATA)" $(ARGS)

bench: setup
	@for name in engine pipeline search timeline spikes keywords; do \
	  echo "== $$name"; $(BIN)/python -m tests.bench.bench_$$name || exit 1; done
	@echo "== kill"; $(BIN)/python -m tests.bench.bench_kill --kills 20 --speech whisper-tiny.en \
	  $(THREADLINE_DATA)/vcon/interop $(THREADLINE_DATA)/channels/email-mime

bench-cluster: setup
	@for name in faust confluent state bulk scale latency sizing; do \
	  echo "== $$name"; $(BIN)/python -m tests.bench.bench_$$name || exit 1; done

requirements: setup
	$(BIN)/uv pip compile --quiet --no-annotate --no-header --no-emit-index-url --extra dev --extra cluster \
	  pyproject.toml requirements.in --output-file requirements.txt

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .threadline
