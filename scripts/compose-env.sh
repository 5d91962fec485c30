#!/usr/bin/env bash
# Writes deploy/compose.env with newly generated secrets, unless it exists.
set -euo pipefail
cd "$(dirname "$0")/.."
file=deploy/compose.env
[ -e "$file" ] && exit 0
umask 077
secret() { openssl rand -hex 24; }
sed -e "s|^POSTGRES_PASSWORD=.*|POSTGRES_PASSWORD=$(secret)|" \
    -e "s|^API_PASSWORD=.*|API_PASSWORD=$(secret)|" \
    -e "s|^WORKER_PASSWORD=.*|WORKER_PASSWORD=$(secret)|" \
    -e "s|^JWT_SECRET=.*|JWT_SECRET=$(secret)|" \
    -e "s|^SECRETS_KEY=.*|SECRETS_KEY=$(openssl rand -base64 32)|" \
    -e "s|^S3_SECRET_ACCESS_KEY=.*|S3_SECRET_ACCESS_KEY=$(secret)|" \
    deploy/compose.env.example > "$file"
echo "compose-env: wrote $file"
