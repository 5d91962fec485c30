#!/usr/bin/env bash
# Removes the data folder of the embedded stack, unless a server uses it or it is not a data folder.
set -euo pipefail
cd "$(dirname "$0")/.."

dir=${DATA_DIR:-.data}
[ -e "$dir" ] || exit 0
if [ ! -f "$dir/cartera.lock" ]; then
    echo "clean-data: $dir has no cartera.lock, so it is no data folder of ours" >&2
    exit 1
fi
if [ -s "$dir/postgres/postmaster.pid" ] && kill -s 0 "$(head -n 1 "$dir/postgres/postmaster.pid")" 2>/dev/null; then
    echo "clean-data: a server runs in $dir; stop it first" >&2
    exit 1
fi
rm -rf -- "$dir"
