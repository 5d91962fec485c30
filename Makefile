# The single entry point: people, the CI gate and the hosted workflow use the same targets.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

# `make run PROFILE=release` for speed; the default builds fastest and shares its build with the tests.
PROFILE ?= dev
TARGET_DIR := $(or $(CARGO_TARGET_DIR),target)
OUTPUT_DIR := $(TARGET_DIR)/$(if $(filter dev,$(PROFILE)),debug,$(PROFILE))
CARTERA ?= cargo run --quiet --package cartera-server --bin cartera --
GENERATED := docs/openapi.json docs/openapi.yaml docs/generated/errors.md docs/generated/configuration.md docs/generated/permissions.md docs/generated/events.md .env.example migrations/src/catalogue/snapshot.txt

.PHONY: help setup program build run dev test heavy test-fast feedback test-browser attack fmt fmt-check lint check-structure doc deny machete migrate seed \
	openapi generate check-generated coverage load ci clean-data \
	check-deploy compose-env up down contract contract-generate contract-long clients document-diff mutants mutants-write bench bench-compare

help: ## show this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1|\2/p' Makefile | while IFS='|' read -r name text; do \
		printf '  make %-16s %s\n' "$$name" "$$text"; done

setup: ## install what is missing on this machine, by package name
	@scripts/setup.sh

build: setup ## build the server (PROFILE=release for an optimised one)
	@cargo build --package cartera-server --bin cartera --profile $(PROFILE)

run: build ## start everything with demo data (HTTP_ADDR, DATA_DIR); Ctrl-C stops it
	@exec $(OUTPUT_DIR)/cartera serve --demo

dev: setup ## run, and restart whenever a file is saved
	@exec scripts/dev.sh

test: setup ## run all tests, with a throw-away database
	@cargo build --quiet --package cartera-embedded --bin test-cluster
	$(TARGET_DIR)/debug/test-cluster -- cargo test --workspace

test-browser: ## test the pages for links in mails, and an upload, in headless Chromium
	@scripts/setup.sh browser
	@cargo build --quiet --package cartera-embedded --bin test-cluster
	$(TARGET_DIR)/debug/test-cluster -- cargo test --workspace --test whole browser:: -- --ignored

attack: ## run the attack suite, including its slow tests; prints figures (RAN: the log of a test run, see the script)
	@scripts/attack.sh

heavy: ## run the largest deletions while twenty users write (HEAVY_ROWS, default 30,000); prints figures
	@cargo build --quiet --package cartera-embedded --bin test-cluster
	$(TARGET_DIR)/debug/test-cluster -- cargo test --package cartera-infra-postgres --test postgres -- --ignored --nocapture heavy::

test-fast: ## run the tests of rules and use cases, without a database
	cargo test --package cartera-domain --package cartera-application --all-features

feedback: ## time test-fast once built, and a rebuild after a change in a feature (FEATURE=contacts)
	@scripts/feedback.sh

mutants: ## mutation-test tenant isolation: drop each condition on the company, which a test must detect
	@scripts/mutants.sh

mutants-write: ## the same, and write which test caught each mutant to docs/generated/isolation.md
	@MUTANTS_WRITE=1 scripts/mutants.sh

fmt: ## format the code
	cargo fmt --all

fmt-check: ## fail when the code is not formatted
	cargo fmt --all -- --check

lint: ## run clippy, strict
	cargo clippy --workspace --all-targets -- -D warnings

check-structure: ## fail when a crate has a forbidden dependency
	cargo test --package cartera-structure

doc: ## build the crates' documentation, without warnings
	RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps

deny: ## check licences, bans and sources of the dependencies (cargo-deny)
	@command -v cargo-deny >/dev/null || cargo install --locked cargo-deny
	cargo deny check bans licenses sources

machete: ## find unused dependencies (cargo-machete)
	@command -v cargo-machete >/dev/null || cargo install --locked cargo-machete
	cargo machete

migrate: setup ## migrate the database
	$(CARTERA) migrate

seed: setup ## write the demo data
	$(CARTERA) seed demo

openapi: ## write the OpenAPI document and the other pages generated from the code
	$(CARTERA) openapi --write

generate: openapi ## write every generated file
	$(CARTERA) config --write
	cargo run --quiet --package cartera-test-database --bin catalogue -- migrations/src/catalogue/snapshot.txt

check-generated: generate ## fail when a generated file is outdated or not committed
	@scripts/check-generated.sh $(GENERATED)

coverage: ## run all tests in one instrumented build; prints line coverage
	@scripts/setup.sh coverage
	@scripts/coverage.sh

# These checks run a server, so they need a program: the one in CARTERA, or one that is built here.
PROGRAM = $(if $(findstring cargo run,$(CARTERA)),$(OUTPUT_DIR)/cartera,$(CARTERA))
program:
	@$(if $(findstring cargo run,$(CARTERA)),cargo build --package cartera-server --bin cartera --profile $(PROFILE))

contract: program ## check the API document: linters, generated clients, newman and a short schemathesis run
	@scripts/contract/contract.sh $(PROGRAM)

contract-generate: program ## write the files generated from the API document: types, collection, baseline
	@scripts/contract/contract.sh $(PROGRAM) generate

contract-long: program ## run schemathesis with two companies: at least 20,000 cases over three seeds
	@scripts/contract/contract.sh $(PROGRAM) long

clients: program ## generate clients with seven generators, compile them and run each against a server (ONLY="go java")
	@scripts/clients/clients.sh $(PROGRAM) $(ONLY)

document-diff: ## compare docs/openapi.json with a commit's (BASE=main~5): only descriptions of fields may differ
	@scripts/document-diff.py "$(BASE)"

load: ## run the k6 scripts against a running server
	@scripts/load.sh

bench: setup ## measure the cost of requests; writes docs/benchmarks.md (ONLY=home,board ROUNDS=2 prints some)
	@scripts/bench.sh

bench-compare: setup ## compare the cost of requests in this tree and in the commit BASE
	@BASE=$(BASE) scripts/bench.sh compare

check-deploy: ## check the Dockerfile and the compose file, without a container engine
	@scripts/check-deploy.sh

compose-env: ## write deploy/compose.env with generated secrets, unless it exists
	@scripts/compose-env.sh

up: compose-env ## start everything in containers: PostgreSQL, MinIO, Mailpit, migrations, API, worker
	docker compose --env-file deploy/compose.env up --build --detach

down: ## stop the containers, and keep their data
	docker compose --env-file deploy/compose.env down

ci: ## run the CI gate
	@.ci/run

clean-data: ## remove the embedded stack's data folder (DATA_DIR)
	@scripts/clean-data.sh
