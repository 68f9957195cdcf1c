#!/bin/sh
# Installs the system packages that the build needs and the machine lacks. Silent when none is
# missing.
set -eu

missing=""
command -v zstd > /dev/null || missing="$missing zstd"
if command -v pkg-config > /dev/null; then
  pkg-config --exists libzstd || missing="$missing libzstd-dev"
  pkg-config --exists openblas || missing="$missing libopenblas-dev"
  pkg-config --exists libcrypto || missing="$missing libssl-dev"
  pkg-config --exists libcurl || missing="$missing libcurl4-openssl-dev"
  pkg-config --exists sqlite3 || missing="$missing libsqlite3-dev"
else
  missing="$missing pkg-config libzstd-dev libopenblas-dev libssl-dev libcurl4-openssl-dev libsqlite3-dev"
fi

if [ -n "$missing" ]; then
  if ! command -v apt-get > /dev/null; then
    echo "setup: missing:$missing; install them with your system's package manager" >&2
    exit 1
  fi
  root=""
  if [ "$(id -u)" -ne 0 ]; then root="sudo"; fi
  echo "setup: installing$missing"
  $root apt-get update -q
  # shellcheck disable=SC2086
  $root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $missing
fi

if ! command -v swift > /dev/null; then
  echo "setup: swift is not in the PATH; install it from https://www.swift.org/install" >&2
  exit 1
fi
