#!/usr/bin/env bash
# Runs the k6 scripts against a running server. If Go is available, k6 is installed from the Go module proxy.
set -euo pipefail
cd "$(dirname "$0")/.."

k6=$(command -v k6 || true)
if [ -z "$k6" ]; then
    if ! command -v go >/dev/null; then
        echo "load: k6 is missing, and Go to install it. Use its image instead:" >&2
        echo "  docker run --rm --network host -v \"\$PWD/k6:/k6\" grafana/k6 run /k6/SCRIPT.js" >&2
        exit 1
    fi
    k6=$(go env GOPATH)/bin/k6
    if [ ! -x "$k6" ]; then
        echo "load: installing k6"
        go install go.k6.io/k6@latest
    fi
fi
for script in k6/*.js; do
    echo "load: $script"
    "$k6" run "$@" "$script"
done
