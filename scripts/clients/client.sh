#!/usr/bin/env bash
# Generates one client, compiles it and lets it act against a fresh server. Called by clients.sh.
#   client.sh PROGRAM NAME
# Each client has a folder here with the generator's options and the code that uses what it generates. They are copied
# to a scratch folder, and what is generated comes beside them.
set -euo pipefail
program=$1 name=$2
tools=$PWD/scripts/clients
export DOCUMENT=$PWD/docs/openapi.json
home=$(cd "${CARGO_TARGET_DIR:-target}/clients" && pwd)
export PATH=$home/venv/bin:$home/node_modules/.bin:$PATH PYTHONDONTWRITEBYTECODE=1

rm -rf "${home:?}/$name"
cp -R "$tools/$name" "$tools"/exchange.* "$home"
cd "$home/$name"

# What generators and Maven say matters only if they fail.
quietly() {
    "$@" >log 2>&1 && return
    cat log
    return 1
}

openapi_generator() { quietly openapi-generator-cli generate --config generator.yaml --input-spec "$DOCUMENT"; }

compile_typescript() {
    tsc --strict --noEmitOnError --module nodenext --target es2022 --lib es2022,dom,dom.iterable --types node \
        --outDir built client.ts
}

act() { python "$tools/sequence.py" "$program" "$name" "$@"; }

case $name in
    python)
        openapi_generator
        export PYTHONPATH=..:generated MYPYPATH=..:generated
        mypy --no-error-summary --disable-error-code annotation-unchecked --package cartera
        mypy --no-error-summary --strict --follow-imports=silent client.py
        act python client.py
        ;;
    openapi-python-client)
        quietly openapi-python-client generate --path "$DOCUMENT" --config generator.yaml --meta none \
            --output-path cartera_client
        export PYTHONPATH=.. MYPYPATH=..
        mypy --no-error-summary --strict cartera_client client.py
        act python client.py
        ;;
    typescript-fetch)
        openapi_generator
        compile_typescript
        act node built/typescript-fetch/client.js
        ;;
    orval)
        quietly orval --config orval.config.mjs
        compile_typescript
        act node built/orval/client.js
        ;;
    hey-api)
        quietly openapi-ts --file hey-api.config.mjs
        compile_typescript
        act node built/hey-api/client.js
        ;;
    java)
        openapi_generator
        quietly mvn --batch-mode --no-transfer-progress compile dependency:copy-dependencies
        act java -classpath 'target/classes:target/dependency/*' Main
        ;;
    go)
        openapi_generator
        go vet ./...
        go build -o client .
        act ./client
        ;;
    *)
        echo "client.sh: what is $name?" >&2
        exit 2
        ;;
esac
