#!/usr/bin/env python3
"""Fills the tables of README.md and docs/ from the results of runs, so that no figure is typed by hand.

A page holds blocks that begin with `<!-- table: KIND ARGUMENTS -->` and end with `<!-- end -->`; what stands between is
made from experiments/NAME/results.json, the output of `llama4rec results --all --format json`. Kinds:

  methods NAME TASK BACKBONE METRIC…   the simple baselines, the backbone, and every method on it
  rows NAME [TASK]                     every row of a run
  headline NAME                        what a run prints at its end, as plain text
  run NAME                             how the results were made: command, commit, duration, machine

`scripts/docs.py` writes the pages, `--check` only says which differ (exit 1), `--keep NAME FILE COMMAND` takes the
results in FILE over as experiments/NAME.
"""

import glob
import json
import os
import platform
import re
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
BLOCK = re.compile(r"(<!-- table: (.*?) -->\n).*?(<!-- end -->)", re.S)
LABELS = {
    "base": "backbone alone", "ift": "IFT", "llama4rec": "**Llama4Rec**",
    "without-data-augmentation": "w/o data augmentation", "without-prompt-augmentation": "w/o prompt augmentation",
    "without-adaptive-aggregation": "w/o adaptive aggregation", "backbone-candidates": "backbone's candidates only",
    "pretrained-only": "scored before instruction tuning", "language-model-alone": "language model alone",
    "two-backbones": "two backbones, no language model",
}


def load(name, file="results.json"):
    path = os.path.join(ROOT, "experiments", name, file)
    try:
        with open(path, encoding="utf-8") as lines:
            return json.load(lines)
    except OSError as error:
        sys.exit(f"docs: {path}: {error.strerror}; expected a run's results (scripts/docs.py --keep)")


def number(value, places=4):
    return "" if value is None else f"{value:.{places}f}"


def p_value(value):
    return "" if value is None else "p < 0.001" if value < 0.0005 else f"p = {value:.3f}"


def gain(row):
    if row["improvement_percent"] is None:
        return ""
    p = p_value(row["p_value"])
    return f"{row['improvement_percent']:+.1f} % over {row['best_baseline']}" + (f", {p}" if p else "")


def strongest(row):
    p = p_value(row["p_vs_strongest"])
    return "" if row["strongest"] is None else row["strongest"] + (f", {p}" if p else "")


def table(head, rows):
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows]) + "\n"


def methods(name, task, backbone, *metrics):
    rows = [row for row in load(name) if row["task"] == task and row["backbone"] in (None, backbone)]
    names = list(dict.fromkeys(row["method"] for row in rows))
    lines = []
    for method in names:
        own = {row["metric"]: row for row in rows if row["method"] == method}
        last = own[metrics[-1]]
        spread = lambda row: number(row["mean"]) + (f" ± {number(row['std'])}" if row["std"] is not None else "")
        published = number(last["published"])
        lines.append([LABELS.get(method, method)] + [spread(own[metric]) for metric in metrics]
                     + [gain(last), strongest(last), published])
    head = [f"{task}: {backbone}", *metrics, f"gain in {metrics[-1]}", "strongest other row", "published"]
    return table(head, lines)


def every_row(name, task=None):
    rows = [row for row in load(name) if task in (None, row["task"])]
    head = ["task", "backbone", "method", "metric", "mean", "std", "seeds", "users", "gain", "strongest", "published"]
    return table(head, [[
        row["task"], row["backbone"] or "", row["method"], row["metric"], number(row["mean"]), number(row["std"]),
        str(row["seeds"]), str(row["users"]), gain(row), strongest(row), number(row["published"])] for row in rows])


def headline(name):
    shown = ("base", "ift", "llama4rec", "language-model-alone")
    head = ["dataset", "task", "backbone", "method", "metric", "mean", "std", "seeds", "users", "p",
            "best baseline", "gain %", "strongest", "p strongest"]
    rows = [[row["dataset"], row["task"], row["backbone"] or "", row["method"], row["metric"], number(row["mean"]),
             number(row["std"]), str(row["seeds"]), str(row["users"]), number(row["p_value"]),
             row["best_baseline"] or "", number(row["improvement_percent"], 2), row["strongest"] or "",
             number(row["p_vs_strongest"])]
            for row in load(name)
            if row["metric"] in ("NDCG@5", "RMSE") and (row["backbone"] is None or row["method"] in shown)]
    widths = [max(len(row[i]) for row in [head] + rows) for i in range(len(head))]
    right = {5, 6, 7, 8, 9, 11, 13}
    text = lambda row: "  ".join(
        cell.rjust(width) if i in right else cell.ljust(width)
        for i, (cell, width) in enumerate(zip(row, widths))).rstrip()
    return "```\n" + "\n".join(text(row) for row in [head] + rows) + "\n```\n"


def run(name):
    facts = load(name, "run.json")
    return (f"`{facts['command']}` at commit {facts['commit']}, {facts['machine']}"
            + (f", {facts['duration']}" if facts.get("duration") else "") + ".\n")


KINDS = {"methods": methods, "rows": every_row, "headline": headline, "run": run}


def filled(page):
    def block(match):
        kind, *arguments = match.group(2).split()
        if kind not in KINDS:
            sys.exit(f"docs: found table '{kind}', expected one of {', '.join(KINDS)}")
        return match.group(1) + KINDS[kind](*arguments) + match.group(3)
    return BLOCK.sub(block, page)


def keep(name, file, command, duration=""):
    with open(file, encoding="utf-8") as lines:
        rows = json.load(lines)
    folder = os.path.join(ROOT, "experiments", name)
    os.makedirs(folder, exist_ok=True)
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    facts = {"command": command, "commit": commit.stdout.strip(), "duration": duration,
             "machine": f"{os.cpu_count()} cores, {platform.machine()}"}
    for target, value in (("results.json", rows), ("run.json", facts)):
        with open(os.path.join(folder, target), "w", encoding="utf-8") as output:
            if isinstance(value, list):
                output.write("[\n" + ",\n".join(json.dumps(row) for row in value) + "\n]\n")
            else:
                output.write(json.dumps(value, indent=2) + "\n")


def main():
    if sys.argv[1:2] == ["--keep"]:
        return keep(*sys.argv[2:])
    stale = []
    for path in [os.path.join(ROOT, "README.md")] + sorted(glob.glob(os.path.join(ROOT, "docs", "*.md"))):
        with open(path, encoding="utf-8") as lines:
            page = lines.read()
        made = filled(page)
        if made == page:
            continue
        stale.append(os.path.relpath(path, ROOT))
        if "--check" not in sys.argv:
            with open(path, "w", encoding="utf-8") as output:
                output.write(made)
    if "--check" in sys.argv and stale:
        sys.exit(f"docs: {', '.join(stale)}: tables differ from experiments/; run make docs")
    return None


main()
