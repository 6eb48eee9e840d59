#!/bin/sh
# Makes what is shipped; the Dockerfile, the CI jobs and a test all do it by this file.
#   ops/artefact.sh wheel DIR         the wheel, with the pages inside
#   ops/artefact.sh environment DIR   a virtual environment that the wheel can go into
#   ops/artefact.sh binary DIR        one file that needs no Python, services inside
# The environment has what the locks say, less the services that `tracker serve` can
# start by itself: a container gets those from outside.
set -eu

python=${PYTHON:-python}

case ${1-} in
wheel)
    exec "$python" -m hatchling build --target wheel --directory "$2"
    ;;
environment)
    base=$("$python" -c 'import sys; print(sys._base_executable)')
    uv venv --quiet --python "$base" "$2"
    VIRTUAL_ENV=$2 exec uv pip install --quiet --require-hashes --compile-bytecode \
        --excludes ops/not-in-the-image.txt --requirement requirements.lock
    ;;
binary)
    work=$(mktemp -d)
    trap 'rm -rf "$work"' EXIT
    base=$("$python" -c 'import sys; print(sys._base_executable)')
    uv venv --quiet --python "$base" "$work/venv"
    export VIRTUAL_ENV="$work/venv"
    uv pip install --quiet --require-hashes --requirement requirements.lock
    "$python" -m hatchling build --target wheel --directory "$work" >&2
    uv pip install --quiet --no-deps "$work"/*.whl
    uv pip install --quiet pyinstaller==6.22.3
    "$work/venv/bin/pyinstaller" --noconfirm --log-level WARN \
        --distpath "$2" --workpath "$work/build" ops/binary.spec
    ;;
*)
    echo "Usage: ops/artefact.sh wheel|environment|binary DIR" >&2
    exit 2
    ;;
esac
