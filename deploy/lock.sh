#!/bin/sh
# Resolves the dependencies of pyproject.toml into lock files with hashes, for every platform and Python at once.
# No index or host is written into them: pip and uv ask the one they are configured for.
#   sh deploy/lock.sh [--upgrade]
set -eu
cd "$(dirname "$0")/.."
uv=${UV:-.venv/uv/bin/uv}

compile() {
    output=$1
    shift
    "$uv" pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
        --no-emit-find-links --custom-compile-command "make lock" --output-file "$output" "$@"
}

compile requirements-uv.lock requirements-uv.in
# The image can send spans wherever it runs, so it has what that takes; a plain installation need not.
compile requirements.lock pyproject.toml --extra telemetry "$@"
compile requirements-local.lock pyproject.toml --all-extras --group build --constraints requirements.lock "$@"
compile requirements-dev.lock pyproject.toml --all-extras --group dev --constraints requirements-local.lock "$@"
