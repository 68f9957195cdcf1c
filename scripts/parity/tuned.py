"""Repeats with PEFT and PyTorch what CheckpointParityTests tuned, and compares.

Usage: tuned.py FOLDER
"""

import json
import pathlib
import sys

import torch
from peft import PeftModel
from safetensors.torch import load_file
from transformers import AutoModelForCausalLM

torch.set_num_threads(1)
root = pathlib.Path(sys.argv[1]) / "written"


def loss_of(model, step):
    """Mean cross-entropy of all targets, the sequences one by one."""
    total, count = 0, 0
    for tokens, is_target in zip(step["tokens"], step["isTarget"]):
        logits = model(torch.tensor([tokens])).logits[0, :-1]
        wanted = torch.tensor(is_target[1:])
        losses = torch.nn.functional.cross_entropy(
            logits, torch.tensor(tokens[1:]), reduction="none")
        total, count = total + losses[wanted].sum(), count + int(wanted.sum())
    return total / count


def named(model):
    """Adapter matrices by our names."""
    return {
        name.removeprefix("base_model.model.").replace(".default", ""): parameter
        for name, parameter in model.named_parameters() if parameter.requires_grad}


def adapted(base, folder):
    model = AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32)
    return PeftModel.from_pretrained(model, folder, is_trainable=True).eval()


def distance(ours, theirs):
    """The largest difference, and the same relative to the largest number."""
    difference = (torch.tensor(ours).reshape(theirs.shape) - theirs).abs().max().item()
    return difference, difference / theirs.abs().max().item()


for name in ["llama2", "llama3", "tied"]:
    step = json.loads((root / f"{name}-step.json").read_text())
    base = root.parent / "models" / name
    model = adapted(base, root / f"{name}-start")
    parameters = named(model)
    loss = loss_of(model, step)
    loss.backward()
    assert parameters.keys() == step["gradients"].keys() and len(parameters) == 2 * 7 * 2
    gradients = max(distance(step["gradients"][n], p.grad)[1] for n, p in parameters.items())
    own = abs(loss.item() - step["loss"])

    optimizer = torch.optim.AdamW(
        parameters.values(), lr=0, betas=(0.9, 0.98), eps=1e-8, weight_decay=step["weightDecay"])
    losses = []
    for rate in step["rates"]:
        optimizer.param_groups[0]["lr"] = rate
        optimizer.zero_grad()
        loss = loss_of(model, step)
        loss.backward()
        losses.append(loss.item())
        optimizer.step()
    course = max(abs(a - b) for a, b in zip(losses, step["losses"]))
    ours = load_file(root / f"{name}-tuned" / "adapter_model.safetensors")
    weights = max(
        distance(ours[f"base_model.model.{n}"].tolist(), p.detach())[0] for n, p in parameters.items())

    with torch.no_grad():
        tuned = adapted(base, root / f"{name}-tuned")
        merged = AutoModelForCausalLM.from_pretrained(root / f"{name}-merged", dtype=torch.float32)
        logits = [0.0, 0.0]
        for tokens, expected in zip(step["tokens"], step["logits"]):
            for k, other in enumerate([merged, tuned]):
                found = other(torch.tensor([tokens])).logits[0]
                logits[k] = max(logits[k], distance(expected, found)[0])
    print(f"parity: tuned {name}: loss differs by {own}, gradients by {gradients} of the largest,"
          f" losses of three AdamW steps by {course}, adapters after them by {weights},"
          f" logits from Transformers' merged folder by {logits[0]}, from PEFT's adapter by {logits[1]}")
    assert own <= 1e-5 and gradients <= 1e-4 and course <= 1e-4 and weights <= 1e-3
    assert logits[0] <= 1e-4 and logits[1] <= 1e-3
