"""Opens what CheckpointParityTests wrote with Transformers and PEFT, and compares.

Usage: written.py FOLDER
"""

import json
import pathlib
import sys

import torch
from peft import PeftModel
from transformers import AutoModelForCausalLM, AutoTokenizer

root = pathlib.Path(sys.argv[1])
for name in ["llama2", "llama3", "tied"]:
    golden = json.loads((root / "models" / name / "logits.json").read_text())
    tokens = torch.tensor(golden["tokens"])
    path = root / "written" / name
    AutoTokenizer.from_pretrained(path)
    model = AutoModelForCausalLM.from_pretrained(path, dtype=torch.float32)
    with torch.no_grad():
        difference = (model(tokens).logits - torch.tensor(golden["logits"])).abs().max().item()
        # The adapter of the test: alpha / r = 3, added to the weights by hand here.
        adapted = PeftModel.from_pretrained(model, str(path) + "-adapter").eval()(tokens).logits
        plain = AutoModelForCausalLM.from_pretrained(path, dtype=torch.float32)
        for layer in plain.model.layers:
            for part in (layer.self_attn.q_proj, layer.self_attn.v_proj):
                out, width = part.weight.shape
                a = ((torch.arange(2 * width) % 7 - 3) / 16).reshape(2, width)
                b = ((torch.arange(out * 2) % 5 - 2) / 8).reshape(out, 2)
                part.weight += 3 * b @ a
        merged = plain(tokens).logits
    change = (adapted - merged).abs().max().item()
    ours = torch.tensor(json.loads((root / "written" / f"{name}-adapter" / "logits.json").read_text()))
    own = (adapted - ours.reshape(adapted.shape)).abs().max().item()
    print(f"parity: written {name}: logits differ by {difference}, PEFT's with the adapter from those of"
          f" merging by {change}, from ours by {own}")
    assert difference <= 1e-5 and change <= 1e-3 and own <= 1e-3

path = root / "written" / "smollm2"
if path.exists():
    golden = json.loads((root / "tokens" / "smollm2.json").read_text())
    tokenizer = AutoTokenizer.from_pretrained(path)
    ids = tokenizer(golden["strings"]).input_ids
    different = sum(a != b for a, b in zip(ids, golden["markup"]))
    model = AutoModelForCausalLM.from_pretrained(path, dtype=torch.float32)
    golden = json.loads((root / "smollm2" / "logits.json").read_text())
    with torch.no_grad():
        difference = max(
            (model(torch.tensor([tokens])).logits[0, -1] - torch.tensor(last)).abs().max().item()
            for tokens, last in zip(golden["tokens"], golden["last"]))
    print(f"parity: written smollm2: logits differ by {difference}, tokens of {different} strings differ,"
          f" template {'kept' if tokenizer.chat_template else 'lost'}")
    assert difference <= 1e-3 and different == 0 and tokenizer.chat_template
