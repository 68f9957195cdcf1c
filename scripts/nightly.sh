#!/bin/sh
# New lists for everybody, unattended, with plain log lines: evaluates, trains on everything, and publishes if the gate
# lets it. Exit codes as in docs/running.md; 75: another run holds the lock. Arguments go to `llama4rec recommend`.
set -eu
cd "$(dirname "$0")/.."
swift build -c release --quiet
exec .build/release/llama4rec recommend --plain "$@"
