#!/bin/sh
# One unattended run with plain log lines. Exit codes as in docs/running.md; 75: another run holds
# the lock. Arguments go to `llama4rec run`.
set -eu
cd "$(dirname "$0")/.."
swift build -c release --quiet
exec .build/release/llama4rec run --plain "$@"
