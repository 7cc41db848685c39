# Set-up, demonstration and checks of schedrisk. Needs only make and Python 3.11 or newer (with venv and pip).

PLAN := examples/exchange-upgrade.toml
REPORT := exchange-upgrade.html

VENV := .venv
RUN := $(VENV)/bin/python -m
# Set PYTHON to choose the interpreter yourself.
INTERPRETERS := $(or $(PYTHON),python3.13 python3.12 python3.11 python3)

# What is about draws runs on both engines: NumPy among all tests, and these by themselves on the compiled one.
ENGINE_TESTS := $(addprefix tests/test_,$(addsuffix .py,comparison copulas correlation costs cpm golden_estimates ownership \
	precision promises psplib references result risk_events risks sampling sampling_designs scheduling scheduling_microsoft \
	sensitivity simulation statistics statistics_of_tasks structure weather))

.DEFAULT_GOAL := help
.PHONY: help demo test clean
# Two targets in one call share one .venv, so they must not run side by side.
.NOTPARALLEL:

help:
	@echo 'make demo    set up $(VENV), simulate $(PLAN), write $(REPORT)'
	@echo 'make test    set up $(VENV), run every check: ruff, mypy, import-linter, pytest'
	@echo 'make clean   remove $(VENV), caches, build outputs and $(REPORT)'
	@echo
	@echo 'PYTHON=...   the interpreter for a new $(VENV); otherwise the first that serves of:'
	@echo '             $(INTERPRETERS)'

demo:
	@$(call environment,demo,.)
	@$(VENV)/bin/schedrisk run $(PLAN) --report $(REPORT)
	@printf '\nThe report lies in %s\n' '$(CURDIR)/$(REPORT)'

test:
	@$(call environment,test,.[test])
	@$(call check,ruff check,$(RUN) ruff check .)
	@$(call check,ruff format --check,$(RUN) ruff format --check .)
	@$(call check,mypy,$(RUN) mypy)
	@$(call check,lint-imports,$(VENV)/bin/lint-imports)
	@$(call check,pytest,$(RUN) pytest -m 'not performance' -n logical --dist worksteal)
	@$(call check,pytest (compiled engine),$(RUN) pytest -m 'not performance' -n logical --dist worksteal --engine numba $(ENGINE_TESTS))
# Timings and memory mean something only when nothing else runs beside them.
	@$(call check,pytest (performance),$(RUN) pytest -m performance)
	@printf '\nmake test: every check passed\n'

clean:
	rm -rf $(VENV) build dist .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache $(REPORT)
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# $(call check,NAME,COMMAND): run one check; if it fails, say which and stop.
check = printf '\n== %s\n' '$(1)'; $(2) || { printf '\nmake test: FAILED at %s\n' '$(1)' >&2; exit 1; }

# $(call environment,STAMP,REQUIREMENT): see to it that .venv works and that REQUIREMENT is installed in it, editable.
# It is installed anew only when pyproject.toml differs from the copy kept at the last installation.
define environment
set -e; \
$(usable) || { $(create); }; \
if ! cmp -s pyproject.toml $(VENV)/installed-$(1).toml; then \
	echo 'Installing schedrisk and what it needs into $(VENV) (once; this takes a minute or two) …'; \
	$(RUN) pip install --quiet --disable-pip-version-check --editable '$(2)' || { \
		echo 'make: the installation failed; the reason stands above' >&2; exit 1; }; \
	cp pyproject.toml $(VENV)/installed-$(1).toml; \
	rm -f $(VENV)/unfinished; \
fi
endef

# Not usable: no .venv, one whose making or first installation was cut short, one of an old or vanished Python,
# one that was moved here from another folder (its scripts still point there).
usable = test ! -e $(VENV)/unfinished \
	&& $(VENV)/bin/python -c 'import pip, sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	&& grep -qF '$(CURDIR)/$(VENV)' $(VENV)/bin/activate

define create
found=; \
for each in $(INTERPRETERS); do \
	if "$$each" -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
		found=$$each; break; \
	fi; \
done; \
if [ -z "$$found" ]; then \
	echo 'make: no Python 3.11 or newer with venv and pip among: $(INTERPRETERS)' >&2; \
	echo 'make: install one, or name it: make $@ PYTHON=/path/to/python3' >&2; \
	exit 1; \
fi; \
echo "Making $(VENV) with $$found …"; \
rm -rf $(VENV); \
"$$found" -m venv $(VENV); \
touch $(VENV)/unfinished
endef
