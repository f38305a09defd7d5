#!/bin/sh
# Makes or refreshes .venv from a lock file:  sh deploy/environment.sh requirements-local.lock
#
# Needs Python 3.11 or newer and a package index, nothing else. pip is used once, for uv, which installs the rest in
# seconds; where uv has no build for the machine, pip installs everything. Both check every hash.
set -eu
cd "$(dirname "$0")/.."
lock=$1
python=.venv/bin/python
uv=.venv/uv/bin/uv

say() { printf '%s\n' "$*" >&2; }
fail() { say "tallyman: $*"; exit 1; }

recent_enough() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; }

find_python() {
    for candidate in "${PYTHON:-python3}" python3.14 python3.13 python3.12 python3.11 python3; do
        if command -v "$candidate" >/dev/null 2>&1 && recent_enough "$candidate"; then
            command -v "$candidate"
            return
        fi
    done
    found=$("${PYTHON:-python3}" --version 2>&1 || true)
    fail "Python 3.11 or newer is needed; '${PYTHON:-python3}' says: ${found:-not found}.
  Install one (https://www.python.org/downloads/, 'apt install python3', 'brew install python') or name it:
      make PYTHON=/path/to/python3.12 ..."
}

make_venv() {
    base=$(find_python)
    say "Making .venv with $("$base" --version)"
    # Half a folder of an interrupted or refused run would look like a whole one to the next.
    rm -rf .venv
    if output=$("$base" -m venv .venv 2>&1); then return; fi
    rm -rf .venv
    # Debian and Ubuntu take the bundled pip out of venv; a pip of the system can fill in for it.
    if "$base" -m venv --without-pip .venv >/dev/null 2>&1 \
        && "$base" -m pip --python "$python" install --quiet pip >/dev/null 2>&1; then return; fi
    rm -rf .venv
    fail "$base cannot make a virtual environment. On Debian or Ubuntu: apt install python3-venv. It said:
$output"
}

pip_setting() {
    "$python" -m pip config list 2>/dev/null | sed -nE "s/^(:env:\.|install\.|global\.)$1='(.*)'\$/\2/p" | head -n 1
}

# uv does not read pip's settings; a mirror, an own certificate or a folder of wheels is handed on.
follow_pip_settings() {
    index=$(pip_setting index-url)
    certificate=$(pip_setting cert)
    if [ -n "$index" ]; then export UV_DEFAULT_INDEX="${UV_DEFAULT_INDEX:-$index}"; fi
    if [ -n "$certificate" ]; then export SSL_CERT_FILE="${SSL_CERT_FILE:-$certificate}"; fi
    export UV_SYSTEM_CERTS="${UV_SYSTEM_CERTS:-true}"
    if [ -d "${PIP_FIND_LINKS:-}" ]; then export UV_FIND_LINKS="${UV_FIND_LINKS:-$PIP_FIND_LINKS}"; fi
    export UV_HTTP_TIMEOUT="${UV_HTTP_TIMEOUT:-180}" UV_NO_PROGRESS=1 UV_PYTHON_DOWNLOADS=never
    # A copy works on every file system; a warning about links helps nobody on a first run.
    export UV_LINK_MODE="${UV_LINK_MODE:-copy}"
    if [ -z "${UV_CACHE_DIR:-}" ] && ! mkdir -p "${XDG_CACHE_HOME:-${HOME:-/dev/null}/.cache}" 2>/dev/null; then
        export UV_CACHE_DIR=.venv/uv-cache
    fi
}

get_uv() {
    if [ -x "$uv" ] && "$uv" --version | grep -q "^uv $(sed -n 's/^uv==\([0-9.]*\).*/\1/p' requirements-uv.lock)\b"; then
        return
    fi
    "$python" -m pip --version >/dev/null 2>&1 || "$python" -m ensurepip >/dev/null
    rm -rf .venv/uv
    "$python" -m pip install --quiet --disable-pip-version-check --no-input --no-deps --only-binary :all: \
        --require-hashes --target .venv/uv --requirement requirements-uv.lock
}

install() {
    if get_uv && follow_pip_settings \
        && "$uv" pip install --quiet --compile-bytecode --python "$python" --require-hashes \
            --requirement "$lock"; then
        "$uv" pip install --quiet --python "$python" --no-deps --no-build-isolation --editable .
    else
        say "uv did not do it, trying pip (slower)"
        "$python" -m pip install --quiet --disable-pip-version-check --no-input --require-hashes --requirement "$lock"
        "$python" -m pip install --quiet --disable-pip-version-check --no-input --no-deps --no-build-isolation --editable .
    fi
}

if ! recent_enough "$python"; then make_venv; fi
say "Installing $lock"
install
