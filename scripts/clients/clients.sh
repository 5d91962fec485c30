#!/usr/bin/env bash
# Checks that the code which the usual generators make of docs/openapi.json compiles and works: each client does the
# sequence of sequence.py against a fresh server.
#   clients.sh PROGRAM            all clients
#   clients.sh PROGRAM NAME...    only these
# PROGRAM is the built server. docs/clients.md says which options each generator needs.
set -euo pipefail
program=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
shift
cd "$(dirname "$0")/../.."

# In seconds, for 25 minutes in all: where nothing is installed or cached, each takes less than half of it on two cores.
SETUP_LIMIT=240
CLIENT_LIMIT=180

[ $# -gt 0 ] || set -- python openapi-python-client typescript-fetch orval hey-api java go

limited() { timeout --kill-after=10 "$@"; }

limited "$SETUP_LIMIT" scripts/setup.sh clients
failed=()
for name in "$@"; do
    start=$SECONDS
    printf '\n-- clients: %s\n' "$name"
    # One that fails does not hide what the others would say.
    limited "$CLIENT_LIMIT" scripts/clients/client.sh "$program" "$name" || failed+=("$name")
    printf -- '-- clients: %s: %d s\n' "$name" $((SECONDS - start))
done
if [ "${#failed[@]}" -gt 0 ]; then
    printf '\n-- clients: FAILED: %s\n' "${failed[*]}"
    exit 1
fi
