#!/usr/bin/env bash
# Checks that the server behaves as the OpenAPI document says, and that the artifacts generated from it work.
#   contract.sh PROGRAM             everything but the long run, in a few minutes
#   contract.sh PROGRAM generate    write clients/typescript/schema.d.ts, docs/postman_collection.json, the baseline
#                                   and the update of docs/breaking-changes.md
#   contract.sh PROGRAM long        schemathesis alone: 20,000 cases and more over three seeds
# PROGRAM is the built server.
set -euo pipefail
cd "$(dirname "$0")/../.."

program=$1
bin=scripts/contract/node_modules/.bin
home=${CARGO_TARGET_DIR:-target}/contract
python=$home/venv/bin/python
generated=(clients/typescript/schema.d.ts docs/postman_collection.json scripts/contract/baseline.json
    docs/breaking-changes.md)
# Disables the telemetry of the tools.
export REDOCLY_TELEMETRY=off REDOCLY_SUPPRESS_UPDATE_NOTICE=true SCARF_ANALYTICS=false NO_COLOR=1
export PYTHONDONTWRITEBYTECODE=1

step() {
    local name=$1 start=$SECONDS
    shift
    printf '\n-- contract: %s\n' "$name"
    "$@" || { printf '\n-- contract: FAILED: %s\n' "$name"; exit 1; }
    printf -- '-- contract: %s: %d s\n' "$name" $((SECONDS - start))
}

# The checks are only meaningful if the document is the one of this server.
is_current() {
    "$program" openapi | cmp -s - docs/openapi.json && return
    echo 'docs/openapi.json is not what this program writes: run `make generate`' >&2
    return 1
}

redocly() {
    "$bin/redocly" lint --config scripts/contract/redocly.yaml --format=stylish --max-problems=1000 docs/openapi.json
}

spectral() {
    "$bin/spectral" lint --ruleset scripts/contract/spectral.yaml --fail-severity=hint docs/openapi.json
}

generate() {
    "$bin/openapi-typescript" docs/openapi.json --output clients/typescript/schema.d.ts
    node scripts/contract/postman/generate.mjs docs/openapi.json docs/postman_collection.json
}

# All changes since the baseline must be additions; then they become part of the baseline.
additions() { "$python" scripts/contract/additions.py "$home/bin/oasdiff"; }

# Tests the checker first: one that refuses nothing would look like an unbroken contract.
only_additions() { OASDIFF=$home/bin/oasdiff "$python" scripts/contract/additions_test.py && additions; }

fuzz() { "$python" scripts/contract/fuzz.py "$program" docs/openapi.json "$1"; }

are_committed() {
    GENERATE='make contract-generate' scripts/check-generated.sh "${generated[@]}"
}

scripts/setup.sh contract
case "${2:-short}" in
    generate)
        additions
        generate
        ;;
    long) step 'schemathesis, long' fuzz long ;;
    short)
        step 'the document is current' is_current
        step redocly redocly
        step spectral spectral
        step 'only additions' only_additions
        step generate generate
        step 'what is generated is current' are_committed
        step 'TypeScript compiles' "$bin/tsc" --project clients/typescript
        step newman "$python" scripts/contract/walk.py "$program" docs/postman_collection.json docs/openapi.json
        step schemathesis fuzz short
        ;;
    *)
        echo "contract.sh: what is $2?" >&2
        exit 2
        ;;
esac
