#!/bin/sh
# Installs crackscope and the packages of one lock file into a virtual environment, which it makes where there is none.
# usage: scripts/install.sh FOLDER LOCK      for example: scripts/install.sh .venv requirements/core.lock
# With uv on the PATH, uv does the work; otherwise python3 (or $PYTHON) with its own venv and pip.
set -eu
cd "$(dirname "$0")/.."
folder=$1
lock=$2
python=$folder/bin/python
host=${PYTHON:-python3}
modern='import sys; sys.exit(sys.version_info < (3, 11))'
export PYTHONDONTWRITEBYTECODE=1 # installing is not running: compiled files are written when they are first used

fail() {
  echo "$1" >&2
  exit 2
}

make_environment() {
  if command -v uv >/dev/null 2>&1; then
    uv venv --quiet --clear --python '>=3.11' "$folder"
    return
  fi
  command -v "$host" >/dev/null 2>&1 || fail "$host: not found; install Python 3.11 or later."
  "$host" -c "$modern" ||
    fail "$host: is $("$host" --version 2>&1), but crackscope needs Python 3.11 or later; install one and name it: make PYTHON=python3.12."
  "$host" -c 'import venv, ensurepip' 2>/dev/null ||
    fail "$host: lacks venv, which makes virtual environments; install it (on Debian and Ubuntu: apt install python3-venv)."
  "$host" -m venv --clear "$folder"
  "$python" -m pip uninstall --quiet --yes setuptools # Python 3.11 puts it there; nothing here needs it
}

install() { # as pip install: into $folder, quietly, without compiling
  if command -v uv >/dev/null 2>&1; then
    uv pip install --quiet --python "$python" "$@"
  else
    "$python" -m pip install --quiet --no-compile --disable-pip-version-check --no-input "$@"
  fi
}

can_install() { command -v uv >/dev/null 2>&1 || "$python" -m pip --version >/dev/null 2>&1; }

[ -x "$python" ] && "$python" -c "$modern" 2>/dev/null && can_install || make_environment
echo "Installing $lock into $folder …" >&2
install --require-hashes -r "$lock" -r requirements/build.lock
install --no-deps --no-build-isolation --editable .
