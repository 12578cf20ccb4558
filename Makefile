# What each target promises is in the README. VENV and PYTHON may be given: make test PYTHON=python3.12

VENV ?= .venv
PYTHON ?= python3
BIN := $(VENV)/bin
# Named after the content of the list, so that a fresh clone with a ready VENV installs nothing again.
INSTALLED := $(VENV)/installed-$(firstword $(shell cksum requirements-dev.txt))

# What is compiled once need not be compiled by every process that a test starts.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: run test bench soak lint lock

run: $(INSTALLED)
	@$(BIN)/python -m coverage_app.embedded

test: $(INSTALLED)
	@$(BIN)/python -m pytest $(ARGS)

bench: $(INSTALLED)
	@$(BIN)/python -m tests.bench

soak: $(INSTALLED)
	@$(BIN)/python -m tests.soak $(MINUTES)

lint: $(INSTALLED)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/djlint --quiet --lint templates
	$(BIN)/python -m tests.catalogues

lock: $(INSTALLED)
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
		--custom-compile-command "make lock" requirements.in -o requirements.txt
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
		--custom-compile-command "make lock" requirements-dev.in -c requirements.txt -o requirements-dev.txt

$(INSTALLED): requirements-dev.txt
	@$(PYTHON) -c "import sys; sys.exit('Python 3.11 or newer is needed' if sys.version_info < (3, 11) else 0)"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing what requirements-dev.txt names into $(VENV) …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@rm -f $(VENV)/installed-*
	@touch $@
