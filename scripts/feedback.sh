#!/usr/bin/env bash
# Measures the feedback loop of development: the fast tests once they are built, and a rebuild of the program after a
# change in one file of a feature in `application`. FEATURE names another one. The limits are for two cores.
set -euo pipefail
cd "$(dirname "$0")/.."

file=crates/application/src/${FEATURE:-opportunities}/mod.rs
[ -f "$file" ] || { echo "feedback: there is no $file" >&2; exit 1; }
# Builds like developers do, whatever the caller has set for CI.
export CARGO_INCREMENTAL=1

now() { printf '%s' "${EPOCHREALTIME/[.,]/}"; }

# Prints the duration of a command, and its limit.
measure() {
    local name=$1 bar=$2 start took
    shift 2
    start=$(now)
    "$@"
    took=$((($(now) - start) / 100000))
    printf 'feedback: %-56s %3d.%d s of %d s%s\n' "$name" $((took / 10)) $((took % 10)) "$bar" \
        "$([ "$took" -le $((bar * 10)) ] || printf '  OVER')"
}

fast_tests() { make --no-print-directory test-fast >/dev/null; }
program() { cargo build --quiet --package cartera-server --bin cartera; }

fast_tests
program
measure 'make test-fast, once built' 10 fast_tests
touch "$file"
measure "the program, after a change in ${file#crates/application/src/}" 20 program
