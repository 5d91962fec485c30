#!/usr/bin/env bash
# Fails when a committed generated file differs from what `make generate` writes now. GENERATE names another command
# that has written the files.
set -euo pipefail
cd "$(dirname "$0")/.."

for file in "$@"; do
    [ -f "$file" ] || { echo "check-generated: $file is missing" >&2; exit 1; }
done
untracked=$(git ls-files --others -- "$@")
if [ -n "$untracked" ]; then
    printf 'check-generated: not committed:\n%s\n' "$untracked" >&2
    exit 1
fi
git diff --exit-code -- "$@" || {
    echo "check-generated: run \`${GENERATE:-make generate}\` and commit what it changes" >&2
    exit 1
}
