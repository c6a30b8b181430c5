# Needs Python 3.11 or newer, a C++17 compiler and make. Everything else is installed into .venv
# here, by `tools/set-up`, which says what it installs and why. Nothing outside this folder changes.

# A kernel that does not compile is an error here, never a silent fall-back to a build without.
export POCHADE_REQUIRE_NATIVE ?= 1
export PIP_DISABLE_PIP_VERSION_CHECK = 1
export VIRTUAL_ENV =
export PYTHONPATH =

venv := .venv
ifeq ($(OS),Windows_NT)
bin := $(venv)/Scripts
else
bin := $(venv)/bin
endif
sources := CMakeLists.txt pyproject.toml $(shell find src/pochade -type f \
	-not -name '*.pyc' -not -name '*.so' -not -name '*.pyd')
# Tests use two processes: more memory than that is not everyone's.
processes ?= 2

.PHONY: help demo test lint docs pictures notebook wheel wheel-check bench clean
.DELETE_ON_ERROR:

help:
	@echo "make demo         run the main job on the bundled photos; results in demo-output/"
	@echo "make test         run every test"
	@echo "make lint         ruff and strict mypy"
	@echo "make docs         write the generated pages in docs/reference again"
	@echo "make pictures     make the pictures of the README again"
	@echo "make notebook     make and execute examples/pochade.ipynb again"
	@echo "make wheel        build a wheel into dist/"
	@echo "make wheel-check  build the wheels, install each into an empty environment, try it there"
	@echo "make bench        compare with other programs (installs them into .venv-bench)"
	@echo "make clean        remove .venv and everything that was built"

demo: $(venv)/.installed
	$(bin)/pochade demo --force --out-dir demo-output

# Tests run against the installed package, as users have it, and so do the examples in docstrings.
test: $(venv)/.installed $(venv)/.test
	$(bin)/python -m pytest -n $(processes) --doctest-modules --pyargs tests pochade $(PYTEST)

lint: $(venv)/.installed $(venv)/.test $(venv)/.lint
	$(bin)/ruff check
	$(bin)/ruff format --check
	$(bin)/mypy

docs: $(venv)/.installed
	$(bin)/python tools/make-docs

pictures: $(venv)/.installed
	$(bin)/python tools/make-pictures
	$(bin)/python tools/make-paintings

notebook: $(venv)/.installed $(venv)/.test $(venv)/.notebook
	$(bin)/python tools/make-notebook

wheel: $(venv)/.build
	rm -rf dist
	$(bin)/python -m pip wheel --quiet --no-deps --no-build-isolation --wheel-dir dist .
	@ls dist

wheel-check: $(venv)/.installed
	$(bin)/python tools/check-wheels

bench:
	@test -f benchmarks/Makefile || { echo "benchmarks/ is not in this copy"; exit 1; }
	$(MAKE) -C benchmarks

clean:
	rm -rf $(venv) build dist demo-output src/pochade/_native*.so src/pochade/_native*.pyd

$(venv)/.made:
	tools/set-up venv

$(venv)/.build: $(venv)/.made pyproject.toml
	tools/set-up build

$(venv)/.installed: $(venv)/.build $(sources)
	tools/set-up package

$(venv)/.test: $(venv)/.made pyproject.toml
	tools/set-up test

$(venv)/.notebook: $(venv)/.made pyproject.toml
	tools/set-up notebook

$(venv)/.lint: $(venv)/.made pyproject.toml
	tools/set-up lint
