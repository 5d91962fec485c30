#!/usr/bin/env bash
# One instrumented build that runs all tests, then prints the line coverage of domain, application and the whole.
# Fails when a test fails or when coverage is below its limit; COVERAGE_BARS=report only prints.
# COVERAGE_OF="--package cartera-domain" measures a part. Keeps the output of the tests (coverage/tests.log).
set -euo pipefail
cd "$(dirname "$0")/.."

tools=$(scripts/llvm-tools.sh)
target=${CARGO_TARGET_DIR:-$PWD/target}
out=$target/coverage
rm -rf "$out"
mkdir -p "$out"
read -ra selection <<<"${COVERAGE_OF:---workspace}"
export RUSTC_WORKSPACE_WRAPPER=$PWD/scripts/rustc-instrumented.sh
# One file per process, because tests start servers, and kill some of them.
export LLVM_PROFILE_FILE=$out/%p-%m.profraw

cargo build --quiet -p cartera-embedded --bin test-cluster
cargo test "${selection[@]}" --no-run 2>&1 | tee "$out/build.log"
"$target/debug/test-cluster" -- cargo test "${selection[@]}" "$@" | tee "$out/tests.log"

objects=()
for file in $(sed -n 's/^ *Executable .*(\(.*\))$/\1/p' "$out/build.log") "$target"/debug/{cartera,test-cluster}; do
    [ -x "$file" ] && objects+=(-object "$file")
done
find "$out" -name '*.profraw' -size +0 >"$out/files"
# A process that was killed while writing leaves an unreadable file, which is skipped.
"$tools/llvm-profdata" merge -sparse -failure-mode=all -f "$out/files" -o "$out/all.profdata" 2>"$out/merge.log"
"$tools/llvm-cov" export -format=lcov -instr-profile "$out/all.profdata" "${objects[@]}" \
    -ignore-filename-regex='/(\.cargo|rustc)/|/tests/|/testing/' >"$out/lcov.info" 2>"$out/export.log"
find "$out" -name '*.profraw' -delete

awk -v root="$PWD/" -v mode="${COVERAGE_BARS:-enforce}" '
    /^SF:/ { file = substr($0, 4); sub(root, "", file); part = "other"
             if (file ~ /^crates\/domain\//) part = "domain"
             if (file ~ /^crates\/application\//) part = "application" }
    /^LF:/ { lines[part] += substr($0, 4); lines["whole"] += substr($0, 4) }
    /^LH:/ { hit[part] += substr($0, 4); hit["whole"] += substr($0, 4) }
    END {
        bar["domain"] = 90; bar["application"] = 90; bar["whole"] = 80
        split("domain application whole", order, " ")
        print "line coverage:"
        for (i = 1; i <= 3; i++) {
            name = order[i]
            percent = lines[name] ? 100 * hit[name] / lines[name] : 0
            low = percent < bar[name]
            printf "  %-12s %6.2f %% of %d lines (bar: %d %%)%s\n", name, percent, lines[name], bar[name], low ? "  BELOW" : ""
            failed = failed || low
        }
        exit failed && mode == "enforce"
    }' "$out/lcov.info"
