# Every habit of the project, one word each; `make` alone lists them. Works in any POSIX shell and GNU make >= 3.81.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.SUFFIXES:
.DELETE_ON_ERROR:

VENV := .venv
BIN := $(VENV)/bin
DONE := $(VENV)/.done
PACKAGES := protos services/common services/detector services/surface_agent services/audio services/gateway services/client
PYTHON_MINIMUM := 3.11
TORCH := $(shell grep '^torch==' requirements.lock)
RUFF_PATHS := services protos tests
# Tests run side by side, a file at a time, as cores and memory allow (tests/conftest.py). SIDE_BY_SIDE= runs them one by one.
SIDE_BY_SIDE ?= -n auto --dist loadfile

# VIDEO and OUT are taken as they are written, blanks, quotes and $$ included, and reach the shell only by the environment.
override VIDEO := $(value VIDEO)
override OUT := $(value OUT)
export VIDEO OUT

# A stamp is named after a digest of what it was made from (and of where): nothing is done twice, and nothing is kept
# that was made from something else.
digest = $(firstword $(shell (cat $(1); pwd) | cksum))
STAMP_VENV := $(DONE)/venv-$(call digest,/dev/null)
STAMP_TORCH := $(DONE)/$(subst =,-,$(TORCH))-$(call digest,/dev/null)
STAMP_LOCK := $(DONE)/lock-$(call digest,requirements.lock)
STAMP_PACKAGES := $(DONE)/packages-$(call digest,$(PACKAGES:%=%/pyproject.toml))
STAMP_MODELS := $(DONE)/models-$(call digest,services/common/src/foley_common/weights/manifest.toml)

.PHONY: help
help: ## List the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1|\2/p' $(MAKEFILE_LIST) | while IFS='|' read -r name text; do \
		printf '  make %-16s %s\n' "$$name" "$$text"; done

.PHONY: setup
setup: $(STAMP_MODELS) ## Python environment, packages and models; instant when nothing changed
	@$(if $(filter setup,$(MAKECMDGOALS)),echo "setup: everything is here",:)

$(STAMP_VENV):
	@for python in python3.11 python3.12 python3.13 python3.14 python3 python; do \
		if "$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then found=$$python; break; fi; \
	done; \
	if [ -z "$$found" ]; then \
		echo "setup: no Python $(PYTHON_MINIMUM) or newer found. Install one, for example: apt install python3 python3-venv" >&2; exit 1; fi; \
	if ! "$$found" -c 'import ensurepip, venv' 2>/dev/null; then \
		echo "setup: $$found cannot make virtual environments with pip. On Debian and Ubuntu: apt install $$("$$found" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')" >&2; exit 1; fi; \
	echo "setup 1/5: virtual environment $(VENV) with $$("$$found" --version)"; \
	if [ -e "$(VENV)" ] && ! "$(BIN)/python" -m pip --version >/dev/null 2>&1; then rm -rf "$(VENV)"; fi; \
	[ -x "$(BIN)/python" ] || "$$found" -m venv "$(VENV)"
	@mkdir -p $(DONE) && touch $@

$(STAMP_TORCH): | $(STAMP_VENV)
	@echo "setup 2/5: $(TORCH) (the largest package; a download of several hundred MB the first time)"
	@$(BIN)/python -m pip install -qq --disable-pip-version-check $(TORCH)
	@touch $@

$(STAMP_LOCK): | $(STAMP_TORCH)
	@echo "setup 3/5: $$(grep -c '==' requirements.lock) packages of requirements.lock"
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --no-deps -r requirements.lock
	@touch $@

$(STAMP_PACKAGES): | $(STAMP_LOCK)
	@echo "setup 4/5: our own packages, editable"
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --no-deps --no-build-isolation $(PACKAGES:%=-e %)
	@touch $@

$(STAMP_MODELS): | $(STAMP_PACKAGES)
	@echo "setup 5/5: model files"
	@$(BIN)/foley models fetch
	@touch $@

.PHONY: run
run: setup ## Footsteps for VIDEO=clip.mp4 into OUT=folder (default out/<clip>); without VIDEO the demo clip
	@set -- run; \
	if [ -n "$$OUT" ]; then set -- "$$@" --output "$$OUT"; fi; \
	if [ -n "$$VIDEO" ]; then set -- "$$@" -- "$$VIDEO"; fi; \
	exec $(BIN)/foley "$$@"

.PHONY: serve
serve: setup ## All four services on this machine until Ctrl-C: page, REST and gRPC
	@exec $(BIN)/foley serve

.PHONY: test
test: setup ## What a newcomer runs: needs no GPU, network, Docker, root or ../shared
	@$(BIN)/pytest $(SIDE_BY_SIDE) -m "not check and not gpu and not network and not shared"

.PHONY: check
check: setup lint types imports protos-check chart ## Linters, types, import rules, contract, chart, and tests on ../shared
	@$(BIN)/pytest $(SIDE_BY_SIDE) -m "(check or shared) and not gpu and not network" --ignore=tests/contract/test_chart.py

.PHONY: lint
lint: setup
	@$(BIN)/ruff check $(RUFF_PATHS)
	@$(BIN)/ruff format --check $(RUFF_PATHS)

.PHONY: types
types: setup ## Type checker
	@$(BIN)/basedpyright --level error

.PHONY: imports
imports: setup
	@$(BIN)/lint-imports

.PHONY: protos
protos: setup ## Generate the contract's Python code, then lint the contract
	@$(BIN)/python protos/generate.py
	@$(BIN)/python protos/check.py

.PHONY: protos-check
protos-check: setup
	@$(BIN)/python protos/generate.py --check
	@$(BIN)/python protos/check.py

.PHONY: chart
chart: setup ## Lint and render the Helm chart, and check its objects against the Kubernetes schemas
	@$(BIN)/pytest tests/contract/test_chart.py -m check

.PHONY: lock
lock: setup ## Make requirements.lock from requirements.in
	@printf '%s\n' "# Made by \`make lock\` from requirements.in. torch is installed first, by the Makefile (pip takes the build that fits the machine)." > requirements.lock.new
	@$(BIN)/uv pip compile --quiet requirements.in --overrides requirements.overrides --python-version $(PYTHON_MINIMUM) \
		--no-annotate --no-header --no-emit-find-links --no-emit-index-url > requirements.lock.raw
	@sed -e 's/+cpu$$//' requirements.lock.raw | grep '==' | grep -v -E '^(triton|cuda-|nvidia-)' > requirements.lock.most || true
	@grep '^nvidia-ml-py==' requirements.lock.raw >> requirements.lock.most
	@LC_ALL=C sort -u requirements.lock.most >> requirements.lock.new
	@rm requirements.lock.raw requirements.lock.most && mv requirements.lock.new requirements.lock
	@echo "requirements.lock: $$(grep -c == requirements.lock) packages"

.PHONY: bench-detection
bench-detection: setup ## Score the detector on ../shared/data, beside gaitkit's and the seed's methods, with pictures
	@$(BIN)/python -m tests.bench.detection --plot

.PHONY: bench-held-out
bench-held-out: setup ## Score the detector on 18 more rendered walkers (renders them first; needs chromium, ffmpeg, node, npm)
	@$(BIN)/python -m tests.bench.held_out

.PHONY: test-page
test-page: setup ## Drive the page in Chromium, look for accessibility faults, keep pictures (needs chromium, node, npm)
	@$(BIN)/python -m tests.bench.page

.PHONY: bench-surface
bench-surface: setup ## Score the local ground classifier (CLIPS='FOLDER…': further rendered clips)
	@$(BIN)/python -m tests.bench.surface --clips $(CLIPS)

.PHONY: bench-footwear
bench-footwear: setup ## Who is called barefoot by colour, rightly and wrongly (the first run follows people: half an hour)
	@$(BIN)/python -m tests.bench.footwear

.PHONY: bench-vision
bench-vision: setup ## What a user gets when the vision model's endpoint misbehaves, fault by fault
	@$(BIN)/python -m tests.bench.vision_faults

.PHONY: bench-sound
bench-sound: setup ## Score synthesised steps beside recorded ones (PLOT=DIR: with pictures; DRAWN=1,2: on halves drawn by seeds)
	@$(BIN)/python tests/bench/sound.py --shared ../shared $(if $(PLOT),--plot "$(PLOT)") $(if $(DRAWN),--drawn "$(DRAWN)")

.PHONY: bench-variety
bench-variety: setup ## How different synthesised steps are from each other, over 1,000 and 10,000 of them
	@$(BIN)/python tests/bench/variety.py

.PHONY: bench-slicing
bench-slicing: setup ## Score how single footsteps are found in recordings, beside librosa
	@$(BIN)/python -m tests.bench.slicing --shared ../shared

.PHONY: bench-render
bench-render: setup ## Speed and memory of the sound of a long programme, in one process
	@$(BIN)/python -m tests.bench.render

.PHONY: bench-exports
bench-exports: setup ## Session exports read back by their own libraries: steps found again, largest error
	@$(BIN)/python tests/bench/exports.py

.PHONY: clean
clean: ## Remove the environment, caches and build products; results in out/ stay
	@rm -rf $(VENV) build dist .pytest_cache .ruff_cache .hypothesis .import_linter_cache .coverage
	@find . -path ./.git -prune -o -type d \( -name __pycache__ -o -name '*.egg-info' \) -prune -exec rm -rf {} +
