# Every target does its own set-up in .venv; PYTHON names the interpreter to make it with.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: help setup demo test check format zip models settings policies clean

help:
	@echo "make demo    take one encrypted evaluation through its life, on this machine alone"
	@echo "make test    run all tests"
	@echo "make check   check format, lint, types and the direction of imports"
	@echo "make format  rewrite the code in the project's format"
	@echo "make zip     write build/controller.zip, the function's deployment package"
	@echo "make models  trim the function's service models anew from the installed botocore"
	@echo "make settings  write what Pulumi.yaml, the arguments and docs/settings.md say of settings"
	@echo "make policies  preview stack STACK (default dev) with the policy pack"
	@echo "make clean   remove .venv and everything made"

setup: $(READY)

$(READY): requirements-dev.txt requirements.txt
	@$(PYTHON) -c 'import sys; v = sys.version_info; \
	    sys.exit(None if v >= (3, 11) else f"Python 3.11 or later is needed, {v.major}.{v.minor} found: set PYTHON")'
	@echo "==> making $(VENV) (one to three minutes, once)"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@

demo: $(READY)
	@$(BIN)/python -m local demo

test: $(READY)
	@command -v pulumi >/dev/null || echo "==> no \`pulumi\` on PATH: the tests with the real engine are left out"
	@echo "==> running the tests, a file at a time on each core"
	@# Each process that a test starts would else compile our modules anew.
	@env -u PYTHONDONTWRITEBYTECODE $(BIN)/python -m pytest --numprocesses auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder

check: $(READY)
	@echo "==> checking format, lint, types and the direction of imports"
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/basedpyright
	@$(BIN)/lint-imports --no-cache --no-logo

format: $(READY)
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

zip: $(READY)
	@$(BIN)/python tools/write_archive.py build/controller.zip

models: $(READY)
	@$(BIN)/python tools/trim_models.py

settings: $(READY)
	@$(BIN)/python tools/write_settings.py

policies: $(READY)
	@pulumi preview --stack $(or $(STACK),dev) --policy-pack policies

clean:
	rm -rf $(VENV) build *.egg-info .pytest_cache .ruff_cache .hypothesis
