#!/bin/sh
# Makes what is shipped; the Dockerfile, the CI jobs and a test all do it by this file.
#   ops/artefact.sh wheel DIR         the wheel, with the pages inside
#   ops/artefact.sh environment DIR   a virtual environment that the wheel can go into
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
*)
    echo "Usage: ops/artefact.sh wheel|environment DIR" >&2
    exit 2
    ;;
esac
