#!/usr/bin/env bash
# Isolation by mutation: the tests of the adapters beside a neighbour with the same ids and without row-level
# security, and each statement without each of its conditions on the company. Fails when one of them is not
# missed, and when docs/generated/isolation.md tells of others; MUTANTS_WRITE=1 writes that.
set -euo pipefail
cd "$(dirname "$0")/.."

target=${CARGO_TARGET_DIR:-$PWD/target}
rm -f "$target/tmp/mutants.jsonl"
# Of the whole workspace, so that the dependencies are those of its other builds.
tests=(cargo test --quiet --workspace --features cartera-infra-postgres/mutation --test mutants --)
cargo build --quiet --package cartera-embedded --bin test-cluster
# What a database role may do is nothing to ask of a superuser, what only reads could write under the witness, and random work is another each time. One after the
# other: which test is the first to miss a condition is then the same each time.
"$target/debug/test-cluster" -- "${tests[@]}" --test-threads=1 --skip only_the_worker_removes_rows --skip random_work --skip what_was_begun_to_read_keeps_nothing
"${tests[@]}" --ignored --exact account::every_mutant_is_caught | tee "$target/tmp/account.log"
grep -q '^test result: ok. 1 passed' "$target/tmp/account.log" || { echo 'mutants: the account was not checked' >&2; exit 1; }
