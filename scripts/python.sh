#!/bin/sh
# Prints the path of a Python with numpy and safetensors for the tests that read artifacts from
# Python, or nothing where there is none; those tests are then skipped.
set -eu
cd "$(dirname "$0")/.."
python="$PWD/.build/venv/bin/python"
works() { "$python" -c "import numpy, safetensors" 2> /dev/null; }

if ! works && command -v python3 > /dev/null; then
  mkdir -p .build
  { python3 -m venv .build/venv \
    && "$python" -m pip install --quiet --retries 1 numpy safetensors; } > /dev/null 2>&1 || true
fi
if works; then echo "$python"; fi
