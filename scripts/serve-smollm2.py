#!/usr/bin/env python3
"""Serves SmolLM2 with llama.cpp's OpenAI-compatible server on this machine: what `LLM=served` asks.

    python3 -m venv .build/venv-serve && .build/venv-serve/bin/pip install xllamacpp
    scripts/fetch-smollm2.sh
    .build/venv-serve/bin/python scripts/serve-smollm2.py [PORT [PARALLEL [MODEL]]]

Prints the URL when it is ready, and ends with its standard input or a signal.
"""

import pathlib
import signal
import sys

import xllamacpp

root = pathlib.Path(__file__).resolve().parent.parent
port = int(sys.argv[1]) if len(sys.argv) > 1 else 8080
parallel = int(sys.argv[2]) if len(sys.argv) > 2 else 2
model = sys.argv[3] if len(sys.argv) > 3 else root / "models/SmolLM2-135M-Instruct.Q4_1.gguf"

parameters = xllamacpp.CommonParams()
parameters.model.path = str(model)
parameters.model_alias = ["smollm2"]
parameters.hostnames = ["127.0.0.1"]
parameters.port = port
# The context is divided among the requests that run side by side.
parameters.n_parallel = parallel
parameters.n_ctx = 4096 * parallel
parameters.cpuparams.n_threads = 2
parameters.warmup = False
# Log-probabilities as exact as the weights allow.
parameters.flash_attn_type = xllamacpp.llama_flash_attn_type.LLAMA_FLASH_ATTN_TYPE_DISABLED
parameters.cache_type_k = xllamacpp.ggml_type.GGML_TYPE_F32
parameters.cache_type_v = xllamacpp.ggml_type.GGML_TYPE_F32
server = xllamacpp.Server(parameters)
print(f"{server.listening_address}/v1", flush=True)
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
sys.stdin.read()
