# The one entry: people, the gate and the hosted workflow call the same targets.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

# `make run PROFILE=release` for speed; the default is soonest ready and shares its build with the tests.
PROFILE ?= dev
TARGET_DIR := $(or $(CARGO_TARGET_DIR),target)
OUTPUT_DIR := $(TARGET_DIR)/$(if $(filter dev,$(PROFILE)),debug,$(PROFILE))
CARTERA ?= cargo run --quiet --package cartera-server --bin cartera --
GENERATED := docs/openapi.json docs/openapi.yaml docs/generated/errors.md docs/generated/configuration.md docs/generated/permissions.md docs/generated/events.md .env.example migrations/src/catalogue/snapshot.txt

.PHONY: help setup program build run dev test heavy test-fast feedback test-browser attack fmt fmt-check lint check-structure doc deny machete migrate seed \
	openapi generate check-generated coverage load ci clean-data \
	check-deploy compose-env up down contract contract-generate contract-long document-diff mutants mutants-write bench bench-compare

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1|\2/p' Makefile | while IFS='|' read -r name text; do \
		printf '  make %-16s %s\n' "$$name" "$$text"; done

setup: ## install what is missing on this machine, by package name
	@scripts/setup.sh

build: setup ## build the server (PROFILE=release for an optimised one)
	@cargo build --package cartera-server --bin cartera --profile $(PROFILE)

run: build ## start everything with demo data (HTTP_ADDR, DATA_DIR); Ctrl-C stops it
	@exec $(OUTPUT_DIR)/cartera serve --demo

dev: setup ## run, and again whenever a file is saved
	@exec scripts/dev.sh

test: setup ## all tests, beside a throw-away database
	@cargo build --quiet --package cartera-embedded --bin test-cluster
	$(TARGET_DIR)/debug/test-cluster -- cargo test --workspace

test-browser: ## the pages for links in mails and an upload, in headless Chromium
	@scripts/setup.sh browser
	@cargo build --quiet --package cartera-embedded --bin test-cluster
	$(TARGET_DIR)/debug/test-cluster -- cargo test --workspace --test whole browser:: -- --ignored

attack: ## everything that somebody tries who means harm, the slow part too; prints figures
	@scripts/attack.sh

heavy: ## the largest deletions while twenty write (HEAVY_ROWS opportunities, 30,000 unless told otherwise); prints figures
	@cargo build --quiet --package cartera-embedded --bin test-cluster
	$(TARGET_DIR)/debug/test-cluster -- cargo test --package cartera-infra-postgres --test postgres -- --ignored --nocapture heavy::

test-fast: ## the tests of rules and use cases, without a database
	cargo test --package cartera-domain --package cartera-application --all-features

feedback: ## how long test-fast takes once built, and building again after a change in a feature (FEATURE=contacts)
	@scripts/feedback.sh

mutants: ## every statement without each of its conditions on the company: a test must miss it
	@scripts/mutants.sh

mutants-write: ## the same, and write what caught each into docs/generated/isolation.md
	@MUTANTS_WRITE=1 scripts/mutants.sh

fmt: ## format the code
	cargo fmt --all

fmt-check: ## fail when the code is not formatted
	cargo fmt --all -- --check

lint: ## clippy, strict
	cargo clippy --workspace --all-targets -- -D warnings

check-structure: ## fail when a crate depends on one that it must not know
	cargo test --package cartera-structure

doc: ## the crates' own documentation, without a warning
	RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps

deny: ## licences, bans and sources of the dependencies (cargo-deny)
	@command -v cargo-deny >/dev/null || cargo install --locked cargo-deny
	cargo deny check bans licenses sources

machete: ## unused dependencies (cargo-machete)
	@command -v cargo-machete >/dev/null || cargo install --locked cargo-machete
	cargo machete

migrate: setup ## bring the database up to date
	$(CARTERA) migrate

seed: setup ## write the demo data
	$(CARTERA) seed demo

openapi: ## write the OpenAPI document and the tables made from it
	$(CARTERA) openapi --write

generate: openapi ## write every generated file
	$(CARTERA) config --write
	cargo run --quiet --package cartera-test-database --bin catalogue -- migrations/src/catalogue/snapshot.txt

check-generated: generate ## fail when a generated file is not current or not committed
	@scripts/check-generated.sh $(GENERATED)

coverage: ## all tests in one instrumented build; prints line coverage
	@scripts/setup.sh coverage
	@scripts/coverage.sh

# The contract is proved on a server that runs, so on a program: the one given in CARTERA, or one that is built here.
PROGRAM = $(if $(findstring cargo run,$(CARTERA)),$(OUTPUT_DIR)/cartera,$(CARTERA))
program:
	@$(if $(findstring cargo run,$(CARTERA)),cargo build --package cartera-server --bin cartera --profile $(PROFILE))

contract: program ## linters, generated clients, a walk by newman and a short schemathesis run, on a fresh server
	@scripts/contract/contract.sh $(PROGRAM)

contract-generate: program ## write what is made from the document: types, collection, baseline
	@scripts/contract/contract.sh $(PROGRAM) generate

contract-long: program ## schemathesis with two companies: 20,000 cases and more over three seeds
	@scripts/contract/contract.sh $(PROGRAM) long

document-diff: ## how docs/openapi.json differs from that of a commit (BASE=main~5): only descriptions of fields may
	@scripts/document-diff.py "$(BASE)"

load: ## the k6 scripts against a running server
	@scripts/load.sh

bench: setup ## what requests cost, and how that grows: writes docs/benchmarks.md (ONLY=home,board ROUNDS=2 prints some)
	@scripts/bench.sh

bench-compare: setup ## the same requests by this tree and by the commit BASE, side by side
	@BASE=$(BASE) scripts/bench.sh compare

check-deploy: ## the Dockerfile and the compose file, without an engine
	@scripts/check-deploy.sh

compose-env: ## write deploy/compose.env with secrets of its own, unless it is there
	@scripts/compose-env.sh

up: compose-env ## everything in containers: PostgreSQL, MinIO, Mailpit, migrations, API, worker
	docker compose --env-file deploy/compose.env up --build --detach

down: ## stop the containers; their data stays
	docker compose --env-file deploy/compose.env down

ci: ## what the gate runs
	@.ci/run

clean-data: ## remove the embedded stack's data folder (DATA_DIR)
	@scripts/clean-data.sh
