#!/bin/sh
# Install oots, with PostgreSQL's driver, from a checkout into a virtual environment that has nothing else:
#
#   install.sh CHECKOUT ENVIRONMENT
#
# The Dockerfile's build stage runs this.  Every file that is installed was checked against requirements.lock; of what
# stands there, only what a node needs is installed.
set -eu

checkout=$1
environment=$2
wheels=$(mktemp -d)
trap 'rm -rf "$wheels"' EXIT

"${PYTHON:-python3}" -m venv "$wheels/tools"
pip() { "$wheels/tools/bin/python" -m pip --quiet --disable-pip-version-check "$@"; }

# (1) All wheels of the lock, none built here; from now on no index is asked.
pip download --require-hashes --only-binary :all: --requirement "$checkout/requirements.lock" --dest "$wheels"

# (2) Our own wheel, with the build back end of the lock.
pip install --no-index --find-links "$wheels" hatchling
pip wheel --no-deps --no-build-isolation --wheel-dir "$wheels" "$checkout"

# (3) What the program needs, and no pip: nothing is installed later.
"${PYTHON:-python3}" -m venv --without-pip "$environment"
pip --python "$environment/bin/python" install --no-index --find-links "$wheels" 'oots[postgres]'
