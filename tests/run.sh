#!/bin/sh
# Runs all tests: `tests/run.sh`, from anywhere. Stops at the first failure; nothing is skipped.
#
# Needs Rust (https://rustup.rs), a C and a C++ compiler, make, and Python 3.10 or newer with venv; as root on Debian and
# its kin all but the first are installed if they are missing. The OpenAI and AWS clients, the frameworks on top of the
# former and Node itself come from PyPI and npm, in the versions that tests/clients pins, and stay below target/ and
# tests/clients/node/node_modules/.
set -eu

cd "$(dirname "$0")/.."
target=${CARGO_TARGET_DIR:-$PWD/target}
venv=$target/clients
PATH=$PATH:${CARGO_HOME:-${HOME:-}/.cargo}/bin
export CARGO_TERM_PROGRESS_WHEN=never
# Snapshots are compared, never written.
export INSTA_UPDATE=no

step() {
    printf '\n== %s\n' "$*"
    "$@"
}

# need NAME HOW-TO-TELL HOW-TO-GET-IT [DEBIAN-PACKAGE..]
need() {
    name=$1 probe=$2 advice=$3
    shift 3
    if ! sh -c "$probe" >/dev/null 2>&1 && [ $# -gt 0 ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        step apt-get update -qq
        step env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@"
    fi
    if ! sh -c "$probe" >/dev/null 2>&1; then
        echo "tests/run.sh: $name is missing: $advice" >&2
        exit 1
    fi
}

need Rust 'cargo --version' 'install it from https://rustup.rs'
need rustfmt 'cargo fmt --version' 'rustup component add rustfmt'
need clippy 'cargo clippy --version' 'rustup component add clippy'
need 'a C compiler' 'cc --version' 'install gcc or clang' gcc libc6-dev
need 'a C++ compiler' 'c++ --version' 'install g++ or clang' g++
need make 'make --version' 'install GNU make' make
need 'Python 3.10 or newer with venv' \
    'python3 -c "import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 10))"' \
    'install python3 and python3-venv' python3 python3-venv

step cargo fmt --check
step cargo clippy --locked --all-targets -- -D warnings
step cargo fmt --manifest-path fuzz/Cargo.toml --check
step cargo clippy --manifest-path fuzz/Cargo.toml --locked --lib --bins --target-dir "$target/fuzz" -- -D warnings

# One of the tests leaves the requests that it sent to Bedrock here, for botocore to check.
captures=$target/sigv4
rm -rf "$captures"
step env SIGV4_CAPTURES="$captures" cargo test --locked
step env RUSTDOCFLAGS="-D warnings" cargo doc --locked --no-deps
step fuzz/run.sh 30

# `cargo test` has built it.
export BEDROCK_GATEWAY_BIN="$target/debug/bedrock-gateway"
step python3 -m venv "$venv"
step "$venv/bin/pip" install --quiet --disable-pip-version-check -r tests/clients/python/requirements.txt
step "$venv/bin/python" tests/clients/python/sigv4_check.py "$captures"
step "$venv/bin/python" -m pytest -p no:cacheprovider tests/clients/python

# The virtual environment has Node.
PATH=$venv/bin:$PATH
cd tests/clients/node
step npm install --no-audit --no-fund
step node --test

printf '\nAll tests passed.\n'
