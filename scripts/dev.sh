#!/usr/bin/env bash
# Builds and runs the server, and again whenever a source file is saved. Polls, so it needs no file watcher.
# If a build fails, the old server keeps running.
set -uo pipefail
cd "$(dirname "$0")/.." || exit

target=${CARGO_TARGET_DIR:-target}
binary=$target/debug/cartera
stamp=$(mktemp)
server=

stop() {
    [ -n "$server" ] || return 0
    kill -s TERM "$server" 2>/dev/null
    wait "$server"
    server=
}
trap 'stop; rm -f "$stamp"; exit 0' INT TERM
trap 'rm -f "$stamp"' EXIT

changed() { [ -n "$(find crates migrations Cargo.toml Cargo.lock -type f -newer "$stamp" -print -quit 2>/dev/null)" ]; }

built=
while true; do
    # Taken before the build, so that files saved meanwhile trigger the next one.
    touch "$stamp"
    if cargo build -p cartera-server --bin cartera; then
        now=$(ls -li "$binary")
        if [ "$now" != "$built" ] || ! kill -s 0 "$server" 2>/dev/null; then
            stop
            built=$now
            "$binary" serve --demo "$@" &
            server=$!
        fi
    fi
    until changed; do sleep 0.5; done
    echo "dev: a file was saved"
done
