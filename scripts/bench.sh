#!/usr/bin/env bash
# Measures the cost of requests. Builds a release of the server and the benchmark, and runs it with its own PostgreSQL
# below target/bench, where the loaded data is kept for the next run (README: `make bench`).
#   scripts/bench.sh            everything, and writes docs/benchmarks.md; with ONLY= only some requests, printed
#   scripts/bench.sh compare    this tree and the commit BASE side by side over the same data, printed
# ONLY="home,board" selects by words in names and families (ONLY=neighbours and ONLY=memory are the parts that are not
# requests), ROUNDS=2 makes it quick.
set -euo pipefail
cd "$(dirname "$0")/.."

target=$(realpath -m "${CARGO_TARGET_DIR:-target}")
folder=$target/bench
options=(--folder "$folder" --rounds "${ROUNDS:-5}")
[ -z "${ONLY:-}" ] || options+=(--only "$ONLY")

# Builds a source tree, reusing the compiled dependencies, and saves its program.
base() {
    local commit tree program
    commit=$(git rev-parse --short=12 --verify "${BASE:?name a commit: make bench-compare BASE=main~10}^{commit}")
    tree=$folder/tree-$commit
    program=$folder/cartera-$commit
    mkdir -p "$folder"
    if [ ! -d "$tree" ]; then
        git worktree prune
        git worktree add --quiet --detach "$tree" "$commit"
    fi
    if [ ! -x "$program" ]; then
        (cd "$tree" && CARGO_TARGET_DIR=$target cargo build --quiet --release --package cartera-server --bin cartera)
        cp "$target/release/cartera" "$program"
    fi
    options+=(--base-program "$program" --base-migrations "$tree/migrations/src")
}

command=run
case ${1:-} in
    compare) command=compare; base ;;
    '')
        options+=(--revision "$(git describe --always --dirty 2>/dev/null || echo unknown)")
        [ -n "${ONLY:-}" ] || options+=(--report docs/benchmarks.md)
        ;;
    *) echo "bench: $1 is not known" >&2; exit 2 ;;
esac
cargo build --quiet --release --package cartera-server --bin cartera --package cartera-bench --bin cartera-bench
exec "$target/release/cartera-bench" "$command" --program "$target/release/cartera" "${options[@]}"
