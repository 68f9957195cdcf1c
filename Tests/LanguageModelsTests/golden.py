"""Writes Fixtures/llama.json: what Transformers' LlamaForCausalLM says of a tiny model.

State: random weights from the counter-based generator below (seed 20240401), nothing downloaded.
Made with torch 2.13.0+cpu and transformers 5.23.0 (numpy 2.4.6), one thread, float32.
Run: pip install 'torch==2.13.0+cpu' transformers==5.23.0; python3 golden.py
"""

import json
import pathlib

import numpy as np
import torch
from transformers import LlamaConfig, LlamaForCausalLM

SEED = 20240401
BYTES, ITEMS = 258, 24
torch.set_num_threads(1)
config = LlamaConfig(
    vocab_size=BYTES + ITEMS, hidden_size=16, intermediate_size=24, num_hidden_layers=2,
    num_attention_heads=4, num_key_value_heads=2, max_position_embeddings=64, rms_norm_eps=1e-5,
    tie_word_embeddings=True, attention_bias=False, mlp_bias=False)
model = LlamaForCausalLM(config).float()


def uniform(start, count):
    """Numbers in [-1, 1) with 24 bits: SplitMix64's output for counters start, start + 1, ..."""
    with np.errstate(over="ignore"):
        x = (np.arange(start, start + count, dtype=np.uint64) + np.uint64(SEED)) * np.uint64(
            0x9E3779B97F4A7C15)
        x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        x ^= x >> np.uint64(31)
    return ((x >> np.uint64(40)).astype(np.float32) * np.float32(2**-23)) - np.float32(1)


names = ["model.embed_tokens.weight"]
for i in range(config.num_hidden_layers):
    names += [f"model.layers.{i}.{part}.weight" for part in (
        "input_layernorm", "self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj",
        "self_attn.o_proj", "post_attention_layernorm", "mlp.gate_proj", "mlp.up_proj",
        "mlp.down_proj")]
names.append("model.norm.weight")
parameters = dict(model.named_parameters())
assert set(parameters) == set(names)
counter = 0
for name in names:
    parameter = parameters[name]
    values = uniform(counter, parameter.numel())
    counter += parameter.numel()
    # Norms are 1 ± 0.5, matrices ± 0.5.
    values = values * np.float32(0.5) + np.float32(1 if parameter.dim() == 1 else 0)
    parameter.data = torch.from_numpy(values.reshape(tuple(parameter.shape)))

# <s>, then letters (their byte + 2) and titles (258 and up).
sequences = [
    [0, 258, 261, 99, 270],
    [0, 106, 107, 34, 281, 259, 260, 259, 109],
    [0, 60, 265, 266, 267, 34, 34, 275, 258, 258, 100, 280],
]
targets = [[1, 0, 1, 1], [0, 1, 0, 1, 1, 1, 1, 1], [1] * 11]


def loss():
    total, count = 0, 0
    for tokens, wanted in zip(sequences, targets):
        logits = model(torch.tensor([tokens])).logits[0, :-1]
        losses = torch.nn.functional.cross_entropy(
            logits, torch.tensor(tokens[1:]), reduction="none")
        total = total + (losses * torch.tensor(wanted)).sum()
        count += sum(wanted)
    return total / count


def rounded(tensor):
    return [float(f"{x:.7g}") for x in tensor.detach().flatten().tolist()]


golden = {"seed": SEED, "sequences": sequences, "targets": targets}
with torch.no_grad():
    golden["logProbabilities"] = [
        [rounded(row[BYTES:]) for row in model(torch.tensor([s])).logits[0].log_softmax(-1)]
        for s in sequences]
first = loss()
first.backward()
golden["loss"] = first.item()
golden["gradients"] = [
    {"name": n, "norm": parameters[n].grad.norm().item(),
     "first": rounded(parameters[n].grad.flatten()[:12])}
    for n in names]

# AdamW on matrices with decay, on norms without; warm-up of 3 steps, then linear to 0 at step 12.
optimizer = torch.optim.AdamW(
    [{"params": [parameters[n] for n in names if parameters[n].dim() > 1], "weight_decay": 0.05},
     {"params": [parameters[n] for n in names if parameters[n].dim() == 1], "weight_decay": 0}],
    betas=(0.9, 0.98), eps=1e-8)
golden["trainingLosses"] = []
for step in range(10):
    for group in optimizer.param_groups:
        group["lr"] = 0.01 * ((step + 1) / 3 if step < 3 else (12 - step) / 9)
    optimizer.zero_grad()
    value = loss()
    value.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    golden["trainingLosses"].append(value.item())

path = pathlib.Path(__file__).parent / "Fixtures" / "llama.json"
path.write_text(json.dumps(golden, separators=(",", ":")) + "\n")
print(golden["loss"], golden["trainingLosses"])
