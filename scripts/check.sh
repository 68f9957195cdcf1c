#!/bin/sh
# Formatting leaves no difference, the linter is silent, the tables of the docs are those of experiments/, and the
# build has no warnings.
set -eu
cd "$(dirname "$0")/.."
files="Package.swift Sources stages Tests Benchmarks"
# shellcheck disable=SC2086
swift format lint --strict --recursive --parallel $files
python3 scripts/docs.py --check
python3 scripts/mutants.py --check
log=$(mktemp)
trap 'rm -f "$log"' EXIT
swift build -c release --build-tests 2>&1 | tee "$log"
if grep -q "warning:" "$log"; then
  echo "check: the build has warnings" >&2
  exit 1
fi
