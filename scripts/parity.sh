#!/bin/sh
# Compares checkpoints, tokenizers and logits with Transformers, SentencePiece and the gguf package:
#   scripts/parity.sh            writes references into .build/parity, then runs CheckpointParity
#   scripts/parity.sh fixtures   writes the committed fixtures of Tests/LanguageModelsTests again
# Makes a virtual environment in .build/venv-parity (1.3 GB). SmolLM2 is compared where
# scripts/fetch-smollm2.sh has fetched it.
set -eu
cd "$(dirname "$0")/.."
python="$PWD/.build/venv-parity/bin/python"
if ! "$python" -c "import torch, transformers, gguf, tokenizers, sentencepiece, peft" 2> /dev/null; then
  echo "parity: installing what scripts/parity/requirements.txt names into .build/venv-parity" >&2
  python3 -m venv .build/venv-parity
  "$python" -m pip install --quiet --requirement scripts/parity/requirements.txt
fi
if [ "${1:-}" = fixtures ]; then
  exec "$python" scripts/parity/fixtures.py Tests/LanguageModelsTests/Fixtures/checkpoints
fi
model=models/SmolLM2-135M-Instruct.Q4_1.gguf
[ -f $model ] || model=""
# shellcheck disable=SC2086
"$python" scripts/parity/reference.py .build/parity $model
swift test -c release --filter CheckpointParity
# What we wrote, opened by Transformers and PEFT.
"$python" scripts/parity/written.py .build/parity
# What we tuned, tuned by PyTorch.
"$python" scripts/parity/tuned.py .build/parity
