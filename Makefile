# Two commands: `make demo` and `make test`. Both set up .venv first; the second time that costs nothing.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.PHONY: demo test slow lint types imports unit setup clean lock

demo: setup
	$(BIN)/facethemodel demo

test: lint types imports unit

setup: $(STAMP)

$(STAMP): pyproject.toml requirements/dev.lock scripts/install_torch.sh
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "facethemodel needs Python 3.11 or newer; $(PYTHON) is $$($(PYTHON) --version). Try: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 2; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "setting up $(VENV) (once; a few minutes on a slow line)"
	@scripts/install_torch.sh $(BIN)/python
	@$(BIN)/python -m pip install --quiet --require-hashes --no-deps -r requirements/dev.lock
	@$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $(STAMP)

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: setup
	$(BIN)/mypy

imports: setup
	$(BIN)/lint-imports

unit: setup
	OMP_NUM_THREADS=1 $(BIN)/pytest -n auto --dist loadfile

slow: setup
	OMP_NUM_THREADS=1 $(BIN)/pytest -m slow -n auto --dist loadfile

lock: setup
	scripts/lock.sh

clean:
	rm -rf $(VENV)
