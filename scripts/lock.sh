#!/usr/bin/env bash
# Writes the lock files anew: every package with version and hashes, for all platforms, without any registry's address.
# usage: scripts/lock.sh [uv pip compile option…]      for example --upgrade, or --upgrade-package torch
set -euo pipefail
cd "$(dirname "$0")/.."
command -v uv >/dev/null || { echo "uv: not found; install it with: pip install uv" >&2; exit 2; }

compile() { # LOCK INPUT… : pin what INPUT asks for in requirements/LOCK
  lock=requirements/$1; shift
  uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate \
    --no-header --constraint requirements/constraints.txt --output-file "$lock" "$@"
}

# Each lock holds to the versions of the one before, so that they can be installed one over the other.
compile core.lock pyproject.toml "$@"
compile train.lock pyproject.toml --extra train --constraint requirements/core.lock "$@"
compile dev.lock pyproject.toml --extra train --extra track --extra onnxruntime --extra serve --extra dev \
  --constraint requirements/train.lock "$@"
compile build.lock requirements/build.in --constraint requirements/dev.lock "$@"
