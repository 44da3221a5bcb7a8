# `make demo` and `make test` are all a newcomer needs; both fetch what is missing into `.tools/`.
.DEFAULT_GOAL := help
.PHONY: help demo examples test test-fast test-python test-slurm bench bench-peers bench-scaling test-faults test-cpus fuzz fuzz-plain build dist docs wheel schema mnist-table lint

# A pip that may install into a folder; used only for the tests that open traces, exports and reports.
PYTHON ?= python3
PYTHON_TOOLS := .tools/python

help:
	@echo "make demo         build the program and train a dyad network on the built-in digits (under a minute)"
	@echo "make examples     run the programs of examples/*.rs, which use the crate from Rust (under a minute after the build)"
	@echo "make test         run the whole test suite"
	@echo "make test-fast    the same without the tests of tests/slow.txt (under two minutes after the build)"
	@echo "make test-python  build the Python package, install it into a fresh environment and run its tests"
	@echo "make wheel        build a wheel of the Python package for any Linux (or this macOS), in target/wheels"
	@echo "make test-slurm   sweeps on a Slurm that the test starts itself (as root, with slurm-wlm and munge installed)"
	@echo "make test-faults  kill, starve and obstruct runs and sweeps several hundred times, and compare the results (minutes)"
	@echo "make test-cpus    portable arithmetic under emulated processors without AVX-512, AVX2 and FMA (needs qemu-user)"
	@echo "make bench        time training steps and recording on this machine"
	@echo "make bench-scaling  how time and memory grow with what is made larger: table and figure (some minutes)"
	@echo "make bench-peers  training steps beside those of PyTorch, JAX and aihwkit, which it sets up (a quarter of an hour)"
	@echo "make dist         the program to hand out, target/dist/dyad: the same, smaller, built for longer"
	@echo "make fuzz         broken files of one kind, led by coverage: FUZZ=trace RUNS=1000000 (needs cargo-fuzz; fuzz/README.md)"
	@echo "make fuzz-plain   the same changes without coverage, in processes of their own: FUZZ=trace RUNS=1000000 JOBS=2; goes on where it was"
	@echo "make lint         format, clippy and documentation, as CI checks them"
	@echo "make docs         build the documentation into docs/_build/html (needs pip)"
	@echo "make schema       write the JSON Schemas of experiment, sweep and hardware files"
	@echo "make mnist-table  train all rows of the MNIST table (needs data/mnist: dyad data fetch mnist)"

build:
	@.cargo/cmake --ensure
	cargo build --release --locked

demo: build
	./target/release/dyad run experiments/quickstart.json

EXAMPLES := $(basename $(notdir $(sort $(wildcard examples/*.rs))))

examples: build
	@set -e; for example in $(EXAMPLES); do \
		echo "dyadsim: examples/$$example.rs"; cargo run --release --locked --quiet --example $$example; \
	done

TEST := PYTHONPATH=$(CURDIR)/$(PYTHON_TOOLS) DYADSIM_PYTHON=$(PYTHON) cargo test --release --locked
# Tests of units run for seconds; to optimise them takes minutes.
TEST_UNITS := $(TEST) --lib --config profile.release.package.dyadsim.opt-level=1

test: build $(PYTHON_TOOLS)/.ready
	$(TEST_UNITS)
	$(TEST) --test allocations --test it
	$(TEST) --doc
	@if $(PYTHON) -m pip --version >/dev/null 2>&1; then $(MAKE) test-python; \
		else echo "dyadsim: no pip for $(PYTHON): the tests of the Python package will be skipped"; fi

# Names of tests and modules, one a line.
SLOW = $(shell grep -v '^\#' tests/slow.txt)

test-fast: build $(PYTHON_TOOLS)/.ready
	$(TEST_UNITS)
	$(TEST) --test it -- $(addprefix --skip ,$(SLOW))

test-slurm: build
	tests/slurm/run.sh target/release/dyad

# Prints the table of docs/validation/faults.md.
test-faults: build
	cargo test --release --locked --test it campaign:: -- --ignored --nocapture

test-cpus: build
	tests/cpus/run.sh target/release/dyad

# Where there is no pip the tests that need Python packages say that they skip; those of reports want Chromium as well.
$(PYTHON_TOOLS)/.ready: tests/python/requirements.txt tests/browser/requirements.txt
	@mkdir -p $(PYTHON_TOOLS)
	@if $(PYTHON) -m pip --version >/dev/null 2>&1; then \
		echo "dyadsim: installing Python packages into $(PYTHON_TOOLS) (the tests open traces, exports and reports with them)"; \
		PIP_ROOT_USER_ACTION=ignore $(PYTHON) -m pip install --quiet --disable-pip-version-check --no-warn-conflicts --upgrade \
			--target $(PYTHON_TOOLS) -r tests/python/requirements.txt -r tests/browser/requirements.txt && touch $@; \
	else \
		echo "dyadsim: no pip for $(PYTHON): the tests that open traces, exports and reports in Python will be skipped"; \
	fi

# What builds the Python package and tests it.
PYTHON_BUILD := .tools/python-build
PYTHON_VENV := .tools/python-venv
WHEELS := target/wheels
# Profile of the package that is tested; `release` shares what the program was built of.
WHEEL_PROFILE ?= release

$(PYTHON_BUILD)/.ready: python/requirements-build.txt
	@mkdir -p .tools
	$(PYTHON) -m venv --clear $(PYTHON_BUILD)
	$(PYTHON_BUILD)/bin/pip install --quiet --disable-pip-version-check -r python/requirements-build.txt
	@touch $@

# The C library of ten years ago, by the linker of zig: it runs on any Linux.
ANY_LINUX := $(if $(filter Linux,$(shell uname)),--zig --compatibility manylinux2014)

dist:
	@.cargo/cmake --ensure
	cargo build --profile dist --locked --bin dyad

wheel: $(PYTHON_BUILD)/.ready
	@.cargo/cmake --ensure
	PATH=$(CURDIR)/$(PYTHON_BUILD)/bin:$$PATH maturin build --release --locked $(ANY_LINUX) \
		--manifest-path python/Cargo.toml --out $(WHEELS)

# The package for this machine.
.PHONY: own-wheel
own-wheel: $(PYTHON_BUILD)/.ready
	@.cargo/cmake --ensure
	@rm -rf $(WHEELS)/own
	$(PYTHON_BUILD)/bin/maturin build --profile $(WHEEL_PROFILE) --locked --compatibility linux \
		--manifest-path python/Cargo.toml --out $(WHEELS)/own

test-python: own-wheel
	$(PYTHON) -m venv --clear $(PYTHON_VENV)
	$(PYTHON_VENV)/bin/pip install --quiet --disable-pip-version-check $(WHEELS)/own/*.whl -r python/requirements-test.txt
	$(PYTHON_VENV)/bin/mypy --strict --config-file python/pyproject.toml python/dyadsim
	$(PYTHON_VENV)/bin/pytest python/tests

bench: build
	cargo bench --locked

bench-scaling:
	cargo bench --locked --bench scaling -- docs/validation/scaling.csv docs/figures/scaling.png

# PyTorch and JAX, and in an environment of its own, since it wants other versions, aihwkit where its wheel installs. PEERS_PIP takes
# options of pip, such as an index of PyTorch without CUDA.
PEERS := .tools/peers
PEERS_AIHWKIT := .tools/peers-aihwkit
PEERS_PIP ?=

bench-peers: build $(PEERS)/.ready $(PEERS_AIHWKIT)/.ready
	$(PEERS)/bin/python benches/peers/compare.py --aihwkit "$$(cat $(PEERS_AIHWKIT)/.ready)"

$(PEERS)/.ready: benches/peers/requirements.txt
	@mkdir -p .tools
	$(PYTHON) -m venv --clear $(PEERS)
	$(PEERS)/bin/pip install --quiet --disable-pip-version-check $(PEERS_PIP) -r benches/peers/requirements.txt
	@touch $@

# Holds the name of its Python, or nothing.
$(PEERS_AIHWKIT)/.ready: benches/peers/requirements-aihwkit.txt
	@mkdir -p .tools
	$(PYTHON) -m venv --clear $(PEERS_AIHWKIT)
	@if $(PEERS_AIHWKIT)/bin/pip install --quiet --disable-pip-version-check --only-binary aihwkit $(PEERS_PIP) \
		-r benches/peers/requirements-aihwkit.txt && $(PEERS_AIHWKIT)/bin/python -c "import aihwkit.simulator.rpu_base"; \
		then echo $(PEERS_AIHWKIT)/bin/python >$@; \
		else echo "dyadsim: aihwkit does not install here: its lines are left out"; : >$@; fi

FUZZ ?= experiment
RUNS ?= 1000000

fuzz: build
	@mkdir -p fuzz/corpus/$(FUZZ)
	DYAD=$(CURDIR)/target/release/dyad DYADSIM_FUZZ=$(FUZZ) cargo fuzz run --sanitizer none read fuzz/corpus/$(FUZZ) -- \
		-runs=$(RUNS) -timeout=10 -rss_limit_mb=1024 -malloc_limit_mb=1024 -max_len=262144 -close_fd_mask=1

JOBS ?= 1
# In memory where that is possible: every file is written before it is read.
FUZZ_FOLDER := $(firstword $(wildcard /dev/shm /tmp))

fuzz-plain: build
	DYAD=$(CURDIR)/target/release/dyad JOBS=$(JOBS) TMPDIR=$(FUZZ_FOLDER) CARGO_TARGET_DIR=$(CURDIR)/target \
		cargo run --release --locked --manifest-path fuzz/Cargo.toml --bin campaign -- $(FUZZ) $(RUNS)

lint:
	cargo fmt --all --check
	cargo clippy --release --locked --workspace --all-targets -- -D warnings
	RUSTDOCFLAGS="-D warnings" cargo doc --release --locked --no-deps

DOCS_TOOLS := .tools/docs

# Warnings are errors; links inside the pages are checked. Pages that are notebooks use the package, which is built first. Where there is no
# pip it says that it skips.
docs: build
	@if ! $(PYTHON) -m pip --version >/dev/null 2>&1; then \
		echo "dyadsim: no pip for $(PYTHON): the documentation is NOT built"; \
	else \
		$(MAKE) --no-print-directory $(DOCS_TOOLS)/.ready own-wheel && \
		$(PYTHON) -m pip install --quiet --disable-pip-version-check --no-deps --upgrade --target $(DOCS_TOOLS) $(WHEELS)/own/*.whl && \
		PYTHONPATH=$(CURDIR)/$(DOCS_TOOLS) $(PYTHON) -m sphinx -b html -W --keep-going -q docs docs/_build/html && \
		echo "dyadsim: the documentation is in docs/_build/html/index.html"; \
	fi

$(DOCS_TOOLS)/.ready: docs/requirements.txt
	@mkdir -p $(DOCS_TOOLS)
	@echo "dyadsim: installing Sphinx and its extensions into $(DOCS_TOOLS)"
	@PIP_ROOT_USER_ACTION=ignore $(PYTHON) -m pip install --quiet --disable-pip-version-check --no-warn-conflicts --upgrade \
		--target $(DOCS_TOOLS) -r docs/requirements.txt && touch $@

schema: build
	./target/release/dyad schema experiment > experiments/schema/experiment.json
	./target/release/dyad schema sweep > experiments/schema/sweep.json
	./target/release/dyad schema hardware > hw_models/schema/hardware.json

mnist-table: build
	$(PYTHON) experiments/mnist_table.py
