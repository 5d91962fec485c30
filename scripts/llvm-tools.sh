#!/usr/bin/env bash
# Prints the folder with llvm-profdata and llvm-cov of this compiler's LLVM version, because older ones can't read its
# output. LLVM_TOOLS_DIR overrides it.
set -euo pipefail
cd "$(dirname "$0")/.."

version=$(rustc -vV)
host=$(sed -n 's/^host: //p' <<<"$version")
major=$(sed -n 's/^LLVM version: \([0-9]*\).*/\1/p' <<<"$version")
for dir in "${LLVM_TOOLS_DIR:-}" "$(rustc --print sysroot)/lib/rustlib/$host/bin" "/usr/lib/llvm-$major/bin" \
    "/opt/homebrew/opt/llvm@$major/bin" "/usr/local/opt/llvm@$major/bin"; do
    if [ -n "$dir" ] && [ -x "$dir/llvm-profdata" ] && [ -x "$dir/llvm-cov" ]; then
        echo "$dir"
        exit 0
    fi
done
cat >&2 <<END
coverage: llvm-profdata and llvm-cov of LLVM $major were not found. Any of these brings them:
  rustup component add llvm-tools
  apt-get install llvm-$major
  brew install llvm@$major
or name their folder in LLVM_TOOLS_DIR.
END
exit 1
