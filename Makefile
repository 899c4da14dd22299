# Each of these sets up everything it needs in .venv. See README.md.
PYTHON ?= python3
VENV := .venv
ifeq ($(OS),Windows_NT)
  BIN := $(VENV)/Scripts
else
  BIN := $(VENV)/bin
endif
READY := $(VENV)/ready
NBVAL := --nbval --nbval-current-env --nbval-cell-timeout 300

.PHONY: site report check test lab notebooks lint lock benchmarks shots clean

# Pages within seconds, from the outputs stored in the notebooks; `make report` runs them.
site: $(READY)
	@$(BIN)/python -m tools.api
	@$(BIN)/dkm report --stored

report: $(READY)
	@$(BIN)/dkm report

# What is quick of everything: format, the core of the tests, one notebook.
check: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/python -m tools.normalize_notebooks --check notebooks
	$(BIN)/pytest -n 2 --dist worksteal -m "not slow and not thorough and not browser" tests
	$(BIN)/pytest $(NBVAL) notebooks/00_start_here.ipynb

# Everything. Each notebook is run once, by nbval; the browser looks at pages of stored outputs and
# at two that are made for real.
test: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/python -m tools.normalize_notebooks --check notebooks
	$(BIN)/pytest -n 2 --dist worksteal -m "not browser and not slow" --durations 30 tests
	$(BIN)/pytest -n 2 --dist worksteal -m slow --durations 30 tests
	$(BIN)/pytest -n 2 --dist loadfile $(NBVAL) notebooks
	$(BIN)/dkm report --stored
	$(BIN)/dkm report 00
	$(BIN)/dkm report --data notebooks/data/cafes.csv --label type
	$(BIN)/pytest -n 2 --dist worksteal -m browser tests

# The stored outputs are marked as trusted first: films and image maps need their styles.
lab: $(READY)
	@$(BIN)/jupyter trust notebooks/*.ipynb
	$(BIN)/jupyter lab notebooks

notebooks: $(READY)
	$(BIN)/python -m tools.run_notebooks notebooks

lint: $(READY)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# The API reference, into reports/html/api.
.PHONY: api
api: $(READY)
	$(BIN)/python -m tools.api

benchmarks: $(READY)
	$(BIN)/python -m benchmarks.kmeans_speed
	$(BIN)/python -m benchmarks.kmeans_scaling
	$(BIN)/python -m benchmarks.deep_speed $(if $(CLUSTPY),--clustpy $(CLUSTPY))

# Pictures of all built pages, to be looked at. They need Chromium or Chrome.
shots: $(READY)
	$(BIN)/python -m tools.screenshots

# The lock follows pyproject.toml. uv is needed for this alone, and only when dependencies change.
lock:
	uv pip compile --universal --python-version 3.11 --all-extras --no-annotate --no-emit-index-url \
	  --no-emit-find-links --custom-compile-command "make lock" --upgrade pyproject.toml -o requirements.lock

# The mark is written last, so that an interrupted set-up is begun again.
$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c "import sys; v = sys.version_info[:2]; sys.exit(0 if (3, 11) <= v <= (3, 13) else 'Python %d.%d was found; dkm needs 3.11, 3.12 or 3.13. Name one: make PYTHON=python3.11 ...' % v)"
	$(PYTHON) -m venv --clear $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	@touch $(READY)

clean:
	rm -rf $(VENV) reports/html reports/shots
