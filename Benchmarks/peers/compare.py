"""Measures our models and the peers' in turn on one core, and prints the comparison as Markdown.

Standard library only; what is compared and how is told in README.md.
"""

import argparse
import hashlib
import json
import os
import shutil
import statistics
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
BUILD = ROOT / ".build"
OURS = BUILD / "release" / "benchmarks"
SCRATCH = BUILD / "peers"
RESULTS = SCRATCH / "results.jsonl"


@dataclass
class Comparison:
    """One model against one peer; the shared setting goes to both sides."""

    model: str
    peer: str
    script: str
    aim: float
    shared: dict
    epochs: int = 5
    ours: dict = field(default_factory=dict)
    theirs: dict = field(default_factory=dict)

    @property
    def setting(self):
        return ", ".join(f"{name} {value}" for name, value in self.shared.items())


GRAPH = {"batch": 2048, "dimension": 64, "layers": 3, "learning-rate": 5e-3, "l2": 1e-4}
SEQUENCE = {"batch": 64, "dimension": 64, "length": 50, "blocks": 2, "heads": 1, "dropout": 0.2,
            "learning-rate": 2e-3}
RATING = {"batch": 256, "dimension": 8, "learning-rate": 1e-3}
COMPARISONS = [
    Comparison("mf", "RecBole", "recbole_direct.py", 20,
               {"batch": 2048, "dimension": 64, "negatives": 1, "learning-rate": 1e-3}, 10),
    Comparison("mf", "implicit", "implicit_direct.py", 1, {"dimension": 64}, 10,
               theirs={"learning-rate": 0.01, "l2": 0.01}),
    Comparison("als", "implicit", "implicit_direct.py", 1, {"dimension": 64, "penalty": 10}, 14),
    Comparison("lightgcn", "RecBole", "recbole_direct.py", 8, GRAPH, 3),
    Comparison("sgl", "RecBole", "recbole_direct.py", 8, GRAPH, 2),
    Comparison("mixgcf", "PyTorch", "torch_mixgcf.py", 8, {**GRAPH, "candidates": 64}, 2),
    Comparison("sasrec", "PyTorch", "torch_sequential.py", 3, {**SEQUENCE, "loss": "softmax"}),
    Comparison("sasrec", "PyTorch", "torch_sequential.py", 3,
               {**SEQUENCE, "batch": 256, "loss": "binary", "learning-rate": 1e-3}),
    Comparison("bert4rec", "PyTorch", "torch_sequential.py", 3, {**SEQUENCE, "mask-rate": 0.2}),
    Comparison("cl4srec", "PyTorch", "torch_sequential.py", 3,
               {**SEQUENCE, "loss": "softmax", "mask-rate": 0.5, "contrast-weight": 0.01}),
    Comparison("deepfm", "DeepCTR-Torch", "deepctr_rating.py", 10, RATING, 3),
    Comparison("nfm", "DeepCTR-Torch", "deepctr_rating.py", 10, RATING, 3),
    Comparison("dcn", "DeepCTR-Torch", "deepctr_rating.py", 10, RATING, 3),
    Comparison("afm", "DeepCTR-Torch", "deepctr_rating.py", 10, RATING, 3),
    Comparison("autoint", "DeepCTR-Torch", "deepctr_rating.py", 10, RATING, 3),
    Comparison("xdeepfm", "DeepCTR-Torch", "deepctr_rating.py", 10, RATING, 2),
]


def parse():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--models", nargs="+", default=[], help="only these")
    parser.add_argument("--peers", nargs="+", default=[], help="only these")
    parser.add_argument("--dataset", choices=("ml-100k", "ml-1m", "demo"),
                        help="ml-100k where its files are, else demo")
    parser.add_argument("--data", default=os.environ.get("LLAMA4REC_DATA", "../shared/data"))
    parser.add_argument("--repetitions", type=int, default=3)
    parser.add_argument("--epochs", type=int, help="epochs to time, instead of each model's own")
    parser.add_argument("--quality", type=int, nargs="?", const=200, default=0, metavar="EPOCHS",
                        help="train to the end, too (at most 200 epochs): metrics at test")
    parser.add_argument("--patience", type=int, default=10, help="of the longer trainings")
    parser.add_argument("--core", type=int, default=max(cores()) if cores() else 0)
    parser.add_argument("--venv", type=Path, default=BUILD / "peers-venv")
    parser.add_argument("--again", action="store_true", help="measure what was measured, too")
    arguments = parser.parse_args()
    if not arguments.dataset:
        found = (Path(arguments.data) / "ml-100k").is_dir()
        arguments.dataset = "ml-100k" if found else "demo"
    for chosen, known in ((arguments.models, {comparison.model for comparison in COMPARISONS}),
                          (arguments.peers, {comparison.peer for comparison in COMPARISONS})):
        for name in chosen:
            if name not in known:
                parser.error(f"nothing compares '{name}'; there are {', '.join(sorted(known))}")
    return arguments


def cores():
    return os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else set()


def say(text):
    print(text, file=sys.stderr, flush=True)


def install(venv):
    """Makes the peers' environment once; one that cannot be installed does not stop the others."""
    finished = venv / "peers-installed"
    requirements = HERE / "requirements.txt"
    if finished.exists() and finished.read_text() == requirements.read_text():
        return
    if not (venv / "bin" / "python").exists():
        say(f"making {venv}")
        python = shutil.which("python3.11") or sys.executable
        subprocess.run([python, "-m", "venv", str(venv)], check=True)
    missing = []
    for line in requirements.read_text().split():
        say(f"installing {line}")
        command = [str(venv / "bin" / "python"), "-m", "pip", "install", "--quiet",
                   "-c", str(requirements), line]
        if subprocess.run(command, stdout=sys.stderr).returncode != 0:
            say(f"{line} could not be installed: its rows will say so")
            missing.append(line)
    if not missing:
        finished.write_text(requirements.read_text())


def flags(values):
    return [word for name, value in values.items() for word in (f"--{name}", str(value))]


class Bench:
    def __init__(self, arguments):
        self.arguments = arguments
        self.split = SCRATCH / arguments.dataset
        self.build = hashlib.sha256(OURS.read_bytes()).hexdigest()[:12]
        self.results = {}
        if RESULTS.exists():
            for line in RESULTS.read_text().splitlines():
                record = json.loads(line)
                self.results[record["key"]] = record

    def write_split(self):
        # Another build may split or encode in another way.
        written_by = self.split / "build"
        if not written_by.exists() or written_by.read_text() != self.build:
            subprocess.run(
                [str(OURS), "split", "--dataset", self.arguments.dataset,
                 "--data", self.arguments.data, "--output", str(self.split)], check=True)
            written_by.write_text(self.build)

    def command(self, comparison, side, quality):
        arguments = self.arguments
        epochs = arguments.epochs or (
            1 if arguments.dataset == "ml-1m" else comparison.epochs)
        values = {"model": comparison.model, "dataset": arguments.dataset,
                  "epochs": 1 if quality else epochs, **comparison.shared,
                  **getattr(comparison, side)}
        if quality:
            values.update(quality=quality, patience=arguments.patience)
        if side == "ours":
            return [str(OURS), "backbone", "--data", arguments.data, *flags(values)]
        python = str(arguments.venv / "bin" / "python")
        return [python, "-W", "ignore", str(HERE / comparison.script), "--split",
                str(self.split), *flags(values)]

    def key(self, comparison, side, repetition, quality):
        # What is measured, whatever the directories are called.
        words = self.command(comparison, side, quality)
        words = words[4:] if side == "ours" else words[6:]
        peer = "ours" if side == "ours" else comparison.peer
        return " ".join([peer, *words, f"#{repetition}"])

    def measure(self, comparison, side, repetition, quality=0):
        key = self.key(comparison, side, repetition, quality)
        known = self.results.get(key)
        if known and "failed" not in known and not self.arguments.again:
            return
        if known and known.get("fresh"):
            return
        what = "quality" if quality else f"repetition {repetition + 1}"
        peer = "ours" if side == "ours" else comparison.peer
        say(f"{comparison.model}, {peer}, {what} ...")
        log = SCRATCH / "logs" / f"{comparison.model}-{peer}.txt"
        log.parent.mkdir(parents=True, exist_ok=True)
        # One thread for all; the kernels that each library chooses for the processor itself.
        environment = {name: value for name, value in os.environ.items()
                       if not name.startswith("OPENBLAS_")}
        environment.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1", MKL_NUM_THREADS="1",
                           CUDA_VISIBLE_DEVICES="")
        with open(log, "w") as errors:
            # RecBole leaves logs where it runs.
            done = subprocess.run(
                self.absolute(self.command(comparison, side, quality)), env=environment,
                cwd=SCRATCH, stdout=subprocess.PIPE, stderr=errors, text=True)
        # The libraries print, too.
        lines = [line for line in done.stdout.splitlines() if line.startswith('{"')]
        if done.returncode == 0 and lines:
            record = json.loads(lines[-1])
            say(f"  {record['seconds']:.4g} s, {record['peak_mib']:.0f} MiB")
        else:
            reasons = log.read_text().strip().splitlines() or [f"status {done.returncode}"]
            record = {"failed": reasons[-1][:200]}
            say(f"  failed: {record['failed']}")
        record.update(key=key, build=self.build)
        with open(RESULTS, "a") as file:
            file.write(json.dumps(record, sort_keys=True) + "\n")
        self.results[key] = {**record, "fresh": True}

    def absolute(self, command):
        return [str(Path(word).resolve()) if word == self.arguments.data else word
                for word in command]

    def found(self, comparison, side, quality=0):
        """What each repetition recorded, None where it failed, and the reason where one did."""
        repetitions = 1 if quality else self.arguments.repetitions
        keys = [self.key(comparison, side, index, quality) for index in range(repetitions)]
        records = [self.results.get(key) for key in keys]
        reasons = [record["failed"] for record in records if record and "failed" in record]
        good = [None if not record or "failed" in record else record for record in records]
        return good, reasons[0] if reasons else "not measured"

    def row(self, comparison):
        ours, our_reason = self.found(comparison, "ours")
        theirs, their_reason = self.found(comparison, "theirs")

        pairs = [(our, their) for our, their in zip(ours, theirs) if our and their]

        def seconds(records, reason):
            records = [record for record in records if record]
            if not records:
                return f"failed: {reason}"
            unit = "" if records[0]["unit"] == "epoch" else f" a {records[0]['unit']}"
            return f"{statistics.median(record['seconds'] for record in records):.4g}{unit}"

        def memory(records):
            peaks = [record["peak_mib"] for record in records if record]
            return f"{statistics.median(peaks):.0f}" if peaks else "–"

        def ratio(*names):
            def total(record):
                return max(sum(record[name] for name in names), 1e-9)

            ratios = [total(their) / total(our) for our, their in pairs]
            return f"{statistics.median(ratios):.1f}" if ratios else "–"

        return [comparison.model, comparison.peer, comparison.setting,
                seconds(ours, our_reason), seconds(theirs, their_reason), ratio("seconds"),
                f"≥ {comparison.aim}", ratio("seconds", "system_seconds"),
                memory(ours), memory(theirs)]

    def quality_rows(self, comparison):
        for side in ("ours", "theirs"):
            records, reason = self.found(comparison, side, self.arguments.quality)
            name = "ours" if side == "ours" else comparison.peer
            if not records[0]:
                yield [comparison.model, name, comparison.setting, f"failed: {reason}",
                       *[""] * len(METRICS)]
                continue
            record = records[0]
            metrics = record["metrics"]
            yield [comparison.model, name, comparison.setting,
                   f"{record.get('epochs_run', '')}/{record.get('best_epoch', '')}".strip("/"),
                   *(f"{metrics[name]:.4f}" if name in metrics else "" for name in METRICS)]

    def print_tables(self, comparisons):
        print(f"{self.arguments.dataset}: user CPU seconds an epoch, median of "
              f"{self.arguments.repetitions}; peak resident MiB of the process\n")
        table(["model", "peer", "setting", "ours s", "theirs s", "ratio", "aim",
               "ratio with kernel time", "ours MiB", "theirs MiB"],
              [self.row(comparison) for comparison in comparisons])
        if self.arguments.quality:
            print("\nQuality at test, at the best epoch by validation (NDCG@10 or RMSE)\n")
            table(["model", "of", "setting", "epochs run/best", *METRICS],
                  [row for comparison in comparisons for row in self.quality_rows(comparison)])
        old = [comparison.model for comparison in comparisons
               if any(record and record["build"] != self.build
                      for record in self.found(comparison, "ours")[0])]
        if old:
            print(f"\nMeasured with another build of ours (--again measures anew): "
                  f"{', '.join(sorted(set(old)))}")


METRICS = ["HR@3", "NDCG@3", "HR@5", "NDCG@5", "HR@10", "NDCG@10", "RMSE", "MAE"]


def table(header, rows):
    for cells in [header, ["---"] * len(header), *rows]:
        print("| " + " | ".join(cells) + " |")


def main():
    arguments = parse()
    install(arguments.venv)
    SCRATCH.mkdir(parents=True, exist_ok=True)
    bench = Bench(arguments)
    bench.write_split()
    if cores():
        os.sched_setaffinity(0, {arguments.core})
    comparisons = [
        comparison for comparison in COMPARISONS
        if (not arguments.models or comparison.model in arguments.models)
        and (not arguments.peers or comparison.peer in arguments.peers)]
    for comparison in comparisons:
        for repetition in range(arguments.repetitions):
            for side in ("ours", "theirs"):
                bench.measure(comparison, side, repetition)
        if arguments.quality:
            for side in ("ours", "theirs"):
                bench.measure(comparison, side, 0, arguments.quality)
    bench.print_tables(comparisons)


main()
