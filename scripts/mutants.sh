#!/usr/bin/env bash
# Mutation tests of tenant isolation: runs the tests of the adapters beside a neighbour company with the same ids and
# without row-level security, and each statement without each of its conditions on the company. Fails if a mutant is
# not caught, or if docs/generated/isolation.md is not up to date; MUTANTS_WRITE=1 writes that file.
set -euo pipefail
cd "$(dirname "$0")/.."

target=${CARGO_TARGET_DIR:-$PWD/target}
rm -f "$target/tmp/mutants.jsonl"
# Builds the whole workspace, so that the dependencies are shared with its other builds.
tests=(cargo test --quiet --workspace --features cartera-infra-postgres/mutation --test mutants --)
cargo build --quiet --package cartera-embedded --bin test-cluster
# Skips tests of role privileges, which a superuser bypasses; of check constraints, which the twin does without; of
# read-only work, which can write under the witness; and of random work, which differs each time. Runs in one thread, so
# that the first test to catch a mutant is always the same.
"$target/debug/test-cluster" -- "${tests[@]}" --test-threads=1 --skip only_the_worker_removes_rows --skip belongs_to_one \
    --skip random_work --skip what_was_begun_to_read_keeps_nothing
"${tests[@]}" --ignored --exact account::every_mutant_is_caught | tee "$target/tmp/account.log"
grep -q '^test result: ok. 1 passed' "$target/tmp/account.log" || { echo 'mutants: the account was not checked' >&2; exit 1; }
