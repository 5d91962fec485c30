#!/usr/bin/env bash
# Runs the attack suite: every test that docs/security.md lists under "Attacks", including those that are too slow for
# `make test`. Prints the figures that they measure. RAN names the output of a test run of this very tree: what passed
# there is not run again (the gate has run all tests by then).
set -euo pipefail
cd "$(dirname "$0")/.."

# The tests open hundreds of sockets on both sides.
ulimit -n 8192 2>/dev/null || true
mapfile -t names < <(awk '/^## /{on = ($0 == "## Attacks")} on && /^\|/' docs/security.md |
    grep -o '`[a-z0-9_]*`' | tr -d '`' | grep '_.*_' | sort -u)
[ "${#names[@]}" -gt 50 ] || { echo "attack: docs/security.md lists only ${#names[@]} tests" >&2; exit 1; }

# Whether a log says that a test of this name, or the tests in a module of this name, ended like this.
ended() { grep -Eq "^test (.*::)?$2(::.*)? \.\.\. $3" "$1"; }

if [ -n "${RAN:-}" ]; then
    all=("${names[@]}")
    names=()
    for name in "${all[@]}"; do
        ended "$RAN" "$name" ok && ! ended "$RAN" "$name" ignored || names+=("$name")
    done
fi

target=${CARGO_TARGET_DIR:-target}
log=$target/attack.log
cargo build --quiet -p cartera-embedded --bin test-cluster
run() { "$target/debug/test-cluster" -- cargo test --workspace --lib --bins --tests -- --include-ignored --show-output "$@"; }
run "${names[@]}" >"$log" 2>&1 || { tail -n 150 "$log" >&2; echo "attack: FAILED, all of it is in $log" >&2; exit 1; }

missing=()
for name in "${names[@]}"; do
    ended "$log" "$name" ok || missing+=("$name")
done
[ "${#missing[@]}" -eq 0 ] || { printf 'attack: it did not run: %s\n' "${missing[@]}" >&2; exit 1; }
grep '^figure: ' "$log" | sort -u
printf 'attack: %d tests, all as expected\n' "$(grep -c '^test .* \.\.\. ok' "$log")"
