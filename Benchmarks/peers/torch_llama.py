"""PyTorch's side of compare_llama.py: a forward pass or a LoRA step for every line of stdin.

Usage: torch_llama.py forward|train FOLDER THREADS LENGTH...
"""

import json
import resource
import sys
import time

import torch
from transformers import AutoModelForCausalLM

work, folder, threads = sys.argv[1:4]
lengths = [int(n) for n in sys.argv[4:]]
torch.set_num_threads(int(threads))
torch.manual_seed(1)
model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
width = max(lengths)
tokens = torch.randint(1000, 40000, (len(lengths), width))
mask = torch.arange(width)[None, :] < torch.tensor(lengths)[:, None]
padding = {} if bool(mask.all()) else {"attention_mask": mask.long()}

if work == "forward":
    model.eval()

    @torch.no_grad()
    def piece():
        if padding:
            hidden = model.model(tokens, **padding).last_hidden_state
            model.lm_head(hidden[torch.arange(len(lengths)), torch.tensor(lengths) - 1])
        else:
            model(tokens, logits_to_keep=1)
else:
    from peft import LoraConfig, get_peft_model

    model = get_peft_model(model, LoraConfig(
        r=16, lora_alpha=32, lora_dropout=0, task_type="CAUSAL_LM",
        target_modules=["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]))
    model.train()
    trained = [p for p in model.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(trained, lr=1e-4)
    labels = tokens.masked_fill(~mask, -100)

    def piece():
        optimizer.zero_grad()
        model(tokens, labels=labels, **padding).loss.backward()
        torch.nn.utils.clip_grad_norm_(trained, 1.0)
        optimizer.step()

piece()  # Warms up.
print(json.dumps({"ready": torch.__version__}), flush=True)
for _ in sys.stdin:
    wall, cpu = time.perf_counter(), time.process_time()
    piece()
    print(json.dumps({
        "wall": time.perf_counter() - wall, "cpu": time.process_time() - cpu,
        "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}), flush=True)
