# Every target sets up what it needs, once, into .venv, node_modules and .tools.
PYTHON ?= python3
VENV := .venv
PY := $(VENV)/bin/python
UV := $(VENV)/bin/uv
UV_VERSION := 0.13.8
STAMP := $(VENV)/.setup-done
KERNEL := $(wildcard zerog/crypto/*.c zerog/crypto/*.h)
export UV_LINK_MODE := copy
export PATH := $(CURDIR)/$(VENV)/bin:$(CURDIR)/.tools/bin:$(PATH)
export SOLCX_BINARY_PATH := $(CURDIR)/.tools/solc
export APE_DATA_FOLDER := $(CURDIR)/.ape
export PYTHONPATH := $(CURDIR)

# Where bytecode may not be kept, each process of a stack compiles its libraries again: three
# times the CPU. What is made here stays in the project folder anyway.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help setup demo test check conformance prove-gates soak bench artifacts lock clean

help: ## this list
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

setup: $(STAMP) ## install everything, pinned, into the project folder

$(VENV)/bin/uv:
	@$(PYTHON) scripts/check_python.py
	$(PYTHON) -m venv $(VENV)
	$(PY) -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)

$(STAMP): $(VENV)/bin/uv requirements/all.lock requirements/build.lock package-lock.json \
          pyproject.toml setup.py $(KERNEL) scripts/setup_toolchain.py tools/solc_shim.js tools/foundry.json
	$(UV) pip install --quiet --python $(PY) --require-hashes -r requirements/build.lock
	$(UV) pip install --quiet --python $(PY) --require-hashes --no-build-isolation -r requirements/all.lock
	$(UV) pip install --quiet --python $(PY) --no-deps --no-build-isolation --editable .
	$(PY) scripts/setup_toolchain.py
	@touch $@

demo: setup ## an agent becomes an iNFT, changes hands, and only its new owner opens it
	$(VENV)/bin/zerog demo --home $(CURDIR)/.zerog --ports auto

check: setup ## every gate: format, lint, types, imports, artifacts, NatSpec, ABI, docs
	$(PY) scripts/check.py

test: check ## every gate, then every test
	$(PY) scripts/setup_browser.py
	$(PY) scripts/run_tests.py

conformance: setup ## the official SDKs, unmodified, against a fresh stack; writes docs/compatibility.md
	$(PY) -m tests.conformance.run

prove-gates: setup ## see each gate turn red on a seeded violation
	$(PY) scripts/prove_gates.py

soak: setup ## the long runs: every kill in every state, deep fuzzing
	$(PY) scripts/setup_browser.py
	$(PY) scripts/run_tests.py --soak

bench: setup ## measure; prints tables, writes bench/results/
	$(PY) scripts/run_bench.py

artifacts: setup ## compile the contracts and write what the wheel ships
	$(PY) scripts/export_artifacts.py

lock: setup ## renew the lock files from pyproject.toml (names, versions, hashes; no address)
	$(UV) pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-annotate requirements/build.in -o requirements/build.lock
	$(UV) pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --extra contracts --group dev pyproject.toml -o requirements/all.lock
	for sdk in python_sdk zg_storage; do $(UV) pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-annotate tests/conformance/envs/$$sdk/requirements.in -o tests/conformance/envs/$$sdk/requirements.lock; done

clean: ## remove what set-up and builds made
	rm -rf $(VENV) .tools node_modules .build .ape build *.egg-info
