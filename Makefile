# Every job of this house by one word; `make help` lists them.

export SKEWWATCH_PYTHON ?= $(CURDIR)/.venv/bin/python
export SKEWWATCH_WEED ?= $(CURDIR)/.venv/bin/weed
# tools/setup.sh brings node where the system has none.
export SKEWWATCH_NODE ?= $(or $(shell command -v node),$(CURDIR)/.venv/bin/node)

.DEFAULT_GOAL := help
.PHONY: help dashboards-preview demo test e2e soak bench bench-lookup bench-http fmt lint doc setup

help: ## list the targets
	@sed -n 's/^\([a-z0-9-]*\):.*## /\1\t/p' $(MAKEFILE_LIST)

demo: ## make a shop in ./demo, break it in known ways, check it, report two weeks of it; DEMO='--faults none' passes arguments
	cargo build --bin skewwatch
	cargo run --quiet --bin skewwatch -- demo $(DEMO)

test: setup ## everything that a change must pass
	cargo fmt --check
	cargo clippy --all-targets -- -D warnings
	RUSTDOCFLAGS='-D warnings' cargo doc --no-deps
	cargo test

e2e: setup ## only the test from the stores to the pager: faults in, alerts out; four minutes
	cargo test --test it -- e2e::

soak: setup ## ten minutes of rounds every second, with faults and reloads: memory, threads and descriptors stay
	SKEWWATCH_SOAK_SECONDS=600 cargo test --test it soak:: -- --nocapture

bench: setup ## run the benchmarks and print their figures
	cargo bench --bench online_reads
	cargo bench --bench round
	cargo bench --bench trust
	cargo bench --bench drift
	cargo bench --bench serve
	cargo bench --bench lookup
	cargo bench --bench report
	cargo bench --bench causes

bench-lookup: setup ## the claim about lookups against a local redis-server and a three-node cluster; evidence in target/bench-lookup
	@SKEWWATCH_REVISION=$$(git rev-parse --short HEAD 2>/dev/null) tools/bench-lookup.sh

bench-http: setup ## requests a second and p99 of `skewwatch lookup` against Feast's own feature server
	cargo bench --bench feast_server

fmt: ## format the code
	cargo fmt

lint: ## formatting and lints only
	cargo fmt --check
	cargo clippy --all-targets -- -D warnings

doc: ## build the pages of the crate; a warning is an error
	RUSTDOCFLAGS='-D warnings' cargo doc --no-deps

dashboards-preview: setup ## draw the dashboards with Grafana's own components into target/preview; needs chromium
	@tools/preview/preview.sh

setup: ## bring the servers and the Python environment that the tests use
	@tools/setup.sh
