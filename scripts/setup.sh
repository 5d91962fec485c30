#!/usr/bin/env bash
# Installs the packages that this machine lacks to build and run Cartera. Asks nothing, and may run any number of
# times: if nothing is missing, it ends in well under a second.
#   scripts/setup.sh             what building, running and testing need
#   scripts/setup.sh coverage    the LLVM tools of `make coverage` as well
#   scripts/setup.sh browser     Chromium for `make test-browser` as well
#   scripts/setup.sh contract    the linters, generators and fuzzers of `make contract` as well
#   scripts/setup.sh clients     the generators of `make clients` as well
set -euo pipefail
cd "$(dirname "$0")/.."

# The rest of the contract's tools are pinned in scripts/contract.
OASDIFF=v1.11.7

say() { printf 'setup: %s\n' "$*"; }
fail() { printf 'setup: %s\n' "$*" >&2; exit 1; }
have() { command -v "$1" >/dev/null 2>&1; }

has_postgres() {
    local dir
    if [ -n "${PG_BIN_DIR:-}" ]; then
        [ -x "$PG_BIN_DIR/postgres" ] && [ -x "$PG_BIN_DIR/initdb" ]
        return
    fi
    for dir in /usr/lib/postgresql/1[5-8]/bin /opt/homebrew/opt/postgresql@1[5-8]/bin \
        /usr/local/opt/postgresql@1[5-8]/bin; do
        [ -x "$dir/initdb" ] && [ -x "$dir/postgres" ] && return
    done
    have initdb && postgres --version 2>/dev/null | grep -Eq ' 1[5-8]([^0-9]|$)'
}

as_root() {
    if [ "$(id -u)" -eq 0 ]; then "$@"
    elif have sudo; then sudo -- "$@"
    else fail "this needs root or sudo: $*"
    fi
}

# The package lists of a fresh machine are empty, and old ones name packages that no longer exist.
apt_install() {
    say "installing $*"
    if [ -z "${apt_updated:-}" ]; then
        as_root apt-get update -qq
        apt_updated=yes
    fi
    local output
    # Show the output only if it fails.
    output=$(as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" 2>&1) && return
    printf '%s\n' "$output" >&2
    say "apt-get could not install $*" >&2
    return 1
}

# Debian's package creates and starts a server, unless configured otherwise. Cartera needs only the programs.
no_main_cluster() {
    local conf=/etc/postgresql-common/createcluster.conf
    [ -e "$conf" ] && return
    as_root mkdir -p "${conf%/*}"
    echo 'create_main_cluster = false' | as_root tee "$conf" >/dev/null
}

install_debian() {
    local missing=()
    have cc || missing+=(gcc libc6-dev)
    have make || missing+=(make)
    have git || missing+=(git)
    have setpriv && have unshare || missing+=(util-linux)
    # For docs/quickstart.md, which is also a test.
    have curl || missing+=(curl)
    have jq || missing+=(jq)
    if ! has_postgres; then
        no_main_cluster
        missing+=(postgresql)
    fi
    [ "${#missing[@]}" -eq 0 ] || apt_install "${missing[@]}"
    has_postgres || fail "this release's PostgreSQL is older than 15: install PostgreSQL 15 to 18 from its own packages,
or name a folder that has postgres and initdb in PG_BIN_DIR"
}

install_macos() {
    have cc || fail "no C compiler: run xcode-select --install"
    local missing=()
    has_postgres || missing+=(postgresql@17)
    have jq || missing+=(jq)
    [ "${#missing[@]}" -eq 0 ] && return
    have brew || fail "missing: ${missing[*]}, and Homebrew to install it"
    say "installing ${missing[*]}"
    brew install --quiet "${missing[@]}"
}

check_by_hand() {
    have cc || fail "no C compiler found: install gcc or clang"
    has_postgres || fail "PostgreSQL 15 to 18 (postgres, initdb) was not found: install your system's server package,
or name its folder in PG_BIN_DIR"
    have curl && have jq || fail "curl or jq was not found: install the packages of these names"
}

# A machine without downloads may have this very version as "stable"; then an alias is enough.
same_under_another_name() {
    local wanted name folder home=${RUSTUP_HOME:-$HOME/.rustup}
    wanted=$(sed -n 's/^channel = "\(.*\)"/\1/p' rust-toolchain.toml)
    for folder in "$home"/toolchains/*; do
        name=$(basename "$folder")
        if [ "$("$folder/bin/rustc" --version 2>/dev/null | cut -d' ' -f2)" = "$wanted" ]; then
            ln -s "$folder" "$home/toolchains/$wanted-${name#*-}" && rustc --version >/dev/null 2>&1 && return
        fi
    done
    return 1
}

check_rust() {
    have cargo || fail "Rust is missing. Install rustup (or the package of that name), then run this again"
    # rust-toolchain.toml decides the version.
    rustc --version >/dev/null 2>&1 && return
    have rustup || fail "rustc does not work here: rust-toolchain.toml names the toolchain that is needed"
    same_under_another_name && return
    say "installing the toolchain of rust-toolchain.toml"
    rustup toolchain install || fail "rustup could not install the toolchain of rust-toolchain.toml"
}

# The instrumented build needs llvm-profdata and llvm-cov of the compiler's own LLVM version.
install_coverage() {
    scripts/llvm-tools.sh >/dev/null 2>&1 && return
    local major
    major=$(rustc -vV | sed -n 's/^LLVM version: \([0-9]*\).*/\1/p')
    if have rustup; then
        say "installing the component llvm-tools"
        timeout 120 rustup component add llvm-tools >/dev/null 2>&1 || say "rustup has no llvm-tools for us"
        scripts/llvm-tools.sh >/dev/null 2>&1 && return
    fi
    if have apt-get; then
        apt_install "llvm-$major" || say "there is no package llvm-$major"
    elif have brew; then
        brew install --quiet "llvm@$major" || say "there is no formula llvm@$major"
    fi
    scripts/llvm-tools.sh >/dev/null
}

# The tests look for the same programs.
has_browser() {
    local name
    [ -n "${CHROMIUM:-}" ] && { [ -x "$CHROMIUM" ] || fail "CHROMIUM names $CHROMIUM, which is no program"; return; }
    for name in chromium chromium-browser google-chrome google-chrome-stable; do
        have "$name" && return
    done
    [ -x "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome" ]
}

install_browser() {
    has_browser && return
    if have apt-get; then
        apt_install chromium || true
    elif have brew; then
        say "installing chromium"
        brew install --quiet --cask chromium || true
    fi
    has_browser || fail "no Chromium was found, nor could it be installed: install the package chromium (or Chrome),
or name its program in CHROMIUM"
}

# Installs what a folder's package-lock.json pins, into that folder.
install_npm() {
    local folder=$1 what=$2
    have node && have npm && [ "$(node -p 'parseInt(process.versions.node)')" -ge 20 ] ||
        fail "$what need Node 20 or newer with npm: install the package nodejs"
    cmp -s "$folder/package-lock.json" "$folder/node_modules/.installed" && return
    say "installing $what from npm"
    npm --prefix "$folder" --no-update-notifier --loglevel=error ci ||
        fail "npm could not install what $folder/package.json names"
    cp "$folder/package-lock.json" "$folder/node_modules/.installed"
}

# Installs what a requirements.txt pins, into a virtual environment.
install_pypi() {
    local requirements=$1 venv=$2 what=$3
    have python3 && python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
        fail "$what need Python 3.11 or newer: install the package python3"
    cmp -s "$requirements" "$venv/.installed" && return
    say "installing $what from PyPI"
    rm -rf "$venv"
    if ! python3 -m venv "$venv" >/dev/null 2>&1; then
        # Debian has this in a separate package.
        have apt-get && apt_install python3-venv
        python3 -m venv "$venv" || fail "python3 -m venv does not work here: install the package python3-venv"
    fi
    "$venv/bin/pip" install --quiet --disable-pip-version-check --requirement "$requirements" ||
        fail "pip could not install $requirements"
    cp "$requirements" "$venv/.installed"
}

# Installs everything in the versions pinned in scripts/contract, and inside the working copy only.
install_contract() {
    local home=${CARGO_TARGET_DIR:-target}/contract tools=scripts/contract
    have go || fail "oasdiff needs Go to be built: install the package golang"
    install_npm "$tools" "the contract's linters and generators"
    install_pypi "$tools/requirements.txt" "$home/venv" "schemathesis and what it stands on"
    if ! [ -x "$home/bin/oasdiff-$OASDIFF" ]; then
        say "building oasdiff $OASDIFF"
        GOBIN=$(mkdir -p "$home/bin" && cd "$home/bin" && pwd) go install "github.com/oasdiff/oasdiff@$OASDIFF" ||
            fail "go could not build oasdiff"
        mv "$home/bin/oasdiff" "$home/bin/oasdiff-$OASDIFF"
        ln -sf "oasdiff-$OASDIFF" "$home/bin/oasdiff"
    fi
}

# Installs the generators in the versions pinned in scripts/clients, and inside the working copy only. The compilers are
# the system's.
install_clients() {
    local home=${CARGO_TARGET_DIR:-target}/clients tools=scripts/clients missing=()
    javac --release 17 --version >/dev/null 2>&1 || missing+=(default-jdk-headless)
    have mvn || missing+=(maven)
    have go || missing+=(golang)
    [ "${#missing[@]}" -eq 0 ] ||
        fail "the clients need Java 17 or newer, Maven and Go: install the packages ${missing[*]}"
    mkdir -p "$home"
    cp "$tools/package.json" "$tools/package-lock.json" "$home"
    install_npm "$home" "orval, hey-api and TypeScript"
    install_pypi "$tools/requirements.txt" "$home/venv" "openapi-generator and openapi-python-client"
}

case "$(uname -s)" in
    Darwin) install_macos ;;
    *) if have apt-get; then install_debian; else check_by_hand; fi ;;
esac
check_rust
case "${1:-}" in
    coverage) install_coverage ;;
    browser) install_browser ;;
    contract) install_contract ;;
    clients) install_clients ;;
esac
