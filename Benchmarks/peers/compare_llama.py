"""SmolLM2 in float32, ours and PyTorch's in turn: forward passes, and LoRA steps (rank 16, seven matrices).

Usage: compare_llama.py [--repetitions 5] [--threads 2] [--sequences 8] [--work forward train]
                        [--python PYTHON]

Both sides stay in memory and compute one piece at a time, so that whatever else the machine does meets both
alike. Needs torch, transformers and peft (scripts/parity/requirements.txt; scripts/parity.sh installs them).
"""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
OURS = ROOT / ".build/release/benchmarks"
FOLDER = ROOT / ".build/peers/smollm2"
EQUAL = [256] * 8
VARIED = [64, 448, 128, 384, 192, 320, 224, 288]  # As many in all, and in each half.
CASES = [("forward", EQUAL), ("forward", VARIED), ("train", EQUAL), ("train", VARIED)]


class Side:
    """A process that computes a piece for every line."""

    def __init__(self, command, environment):
        self.process = subprocess.Popen(
            [str(part) for part in command], cwd=ROOT, env=environment, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def ready(self):
        return json.loads(self.process.stdout.readline())

    def turn(self):
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            sys.exit(f"compare_llama: {self.process.args[0]} ended early")
        return json.loads(line)

    def end(self):
        self.process.stdin.close()
        self.process.wait()


def compare(work, lengths, options):
    environment = dict(os.environ, OMP_NUM_THREADS=str(options.threads))
    theirs = Side([options.python, ROOT / "Benchmarks/peers/torch_llama.py", work, FOLDER,
                   options.threads, *lengths], environment)
    version = theirs.ready()["ready"]
    ours = Side([OURS, "checkpoint-work", work, "--threads", options.threads, "--lengths", *lengths],
                environment)
    ours.turn()  # Warms up.
    turns = [(ours.turn(), theirs.turn()) for _ in range(options.repetitions)]
    ours.end()
    theirs.end()
    count = sum(lengths)

    def rate(side, clock):
        return statistics.median(count / turn[side][clock] for turn in turns)

    def ratio(clock):
        return statistics.median(b[clock] / a[clock] for a, b in turns)

    name = f"{len(lengths)} × 256" if len(set(lengths)) == 1 else f"{len(lengths)} of 64 to 448"
    print(f"| {work} | {name} | {rate(0, 'wall'):.0f} | {rate(1, 'wall'):.0f} | {ratio('wall'):.2f} |"
          f" {rate(0, 'cpu'):.0f} | {rate(1, 'cpu'):.0f} | {ratio('cpu'):.2f} |"
          f" {turns[-1][0]['peak']:.0f} / {turns[-1][1]['peak']:.0f} |", flush=True)
    return version


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repetitions", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--sequences", type=int, choices=[2, 4, 8], default=8)
    parser.add_argument("--work", nargs="*", choices=["forward", "train"], default=["forward", "train"])
    parser.add_argument("--python", default=str(ROOT / ".build/venv-parity/bin/python"))
    options = parser.parse_args()
    if subprocess.run([options.python, "-c", "import torch, transformers, peft"],
                      capture_output=True).returncode:
        sys.exit(f"compare_llama: skipped, no torch, transformers and peft in {options.python};"
                 " scripts/parity.sh installs them")
    if not (FOLDER / "config.json").exists():
        subprocess.run([OURS, "checkpoint-work", "write", "--folder", FOLDER], cwd=ROOT, check=True)
    print("| work | tokens of the sequences | ours, tokens/s | PyTorch, tokens/s | ratio |"
          " ours, tokens/CPU-s | PyTorch | ratio | peak MiB, ours / PyTorch |")
    print("|---|---|---:|---:|---:|---:|---:|---:|---|")
    for work, lengths in CASES:
        if work in options.work:
            version = compare(work, lengths[:options.sequences], options)
    print(f"\n{options.threads} threads each, PyTorch {version}, medians of {options.repetitions} turns")


if __name__ == "__main__":
    main()
