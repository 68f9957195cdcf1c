#!/usr/bin/env python3
"""Breaks one rule of honest evaluation at a time and sees whether a test notices.

Each mutant is one change of one line. It is made in a copy of the repository, the tests that should catch it run
there, and the copy is restored. `make mutants`; with names as arguments only these. Takes a first build of the copy and
some minutes for each mutant, so it is no part of `make test`.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
COPY = os.environ.get("MUTANTS_COPY", os.path.join(ROOT, ".build", "mutants"))

# name, file, what stands there, what is put in its place, the tests that should notice.
MUTANTS = [
    ("aggregate chooses by the users that stop training",
     "stages/aggregate/Aggregate.swift", "choosing: validation.choosing", "choosing: validation.stopping",
     "EvaluationRuleTests"),
    ("pretrain-llm learns what the instructions ask about",
     "stages/pretrain-llm/PretrainLLM.swift", "train: folds.known(of: train)", "train: train",
     "EvaluationRuleTests"),
    ("tune-llm is stopped by the users that choose",
     "stages/tune-llm/TuneLLM.swift", "users: validation.stopping", "users: validation.choosing",
     "EvaluationRuleTests"),
    ("pretrain-llm is stopped by the users that choose",
     "stages/pretrain-llm/PretrainLLM.swift", "validation.stopping", "validation.choosing",
     "EvaluationRuleTests"),
    ("a stage is wired to the test items",
     "pipeline.yaml", "validation: preprocess.validation", "validation: preprocess.test",
     "DemoTests"),
    ("the instruction set's similar users come from the model that saw the answers",
     "Sources/Prompts/InstructionSet.swift", "userEmbeddings: fold.userEmbeddings",
     "userEmbeddings: predictions.userEmbeddings", "InstructionSetTests"),
    ("a fold's embeddings know what was held out",
     "Sources/Recommenders/RankingBackbone.swift", "userEmbeddings: userEmbeddings(fold.data.train)",
     "userEmbeddings: userEmbeddings(train)", "FoldTests"),
    ("at test the model alone may list the validation item",
     "stages/score-prompts/ScorePrompts.swift", "moment == .test && validation.items[user] >= 0",
     "moment == .validation && validation.items[user] >= 0", "EvaluationRuleTests"),
    ("without-prompt-augmentation reads augmented prompts",
     "Sources/MutualAugmentation/MethodEvaluation.swift", "(.withoutPromptAugmentation, [.plainRetrained, .plainBase], false)",
     "(.withoutPromptAugmentation, [.augmentedRetrained, .plainBase], false)", "MethodEvaluationTests"),
    ("pretrained-only is scored by the tuned model",
     "stages/score-prompts/ScorePrompts.swift", "(pretrainedModel, true)", "(tunedModel, true)",
     "EvaluationRuleTests"),
    ("negatives are drawn from the histories known at test",
     "Sources/Recommenders/Direct/TrainingTriples.swift", "NegativeSampler(train)",
     "NegativeSampler(data.testHistories)", "BackboneTests"),
    ("insertions are made into the training data instead of its augmentation",
     "stages/retrain-augmented/RetrainAugmented.swift", "training.data.trainingHistories =",
     "training.data.train =", "EvaluationRuleTests"),
]


def run(arguments):
    return subprocess.run(arguments, cwd=COPY, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def build():
    return run(["swift", "build", "-c", "release", "--build-tests"])


def caught(tests):
    """Whether a test fails; a change that does not compile, or a filter without tests, proves nothing."""
    result = build()
    if result.returncode != 0:
        return None, "does not compile:\n" + "\n".join(result.stdout.splitlines()[-15:])
    result = run(["swift", "test", "-c", "release", "--skip-build", "--disable-testable-imports", "--filter", tests])
    ended = re.search(r"Test run with (\d+) tests? .*(passed|failed)", result.stdout)
    if not ended or ended.group(1) == "0":
        # A run that traps has no last line, and is caught as well.
        return (True, "stopped") if result.returncode != 0 and "Build complete" not in result.stdout else (None, "no tests")
    return ended.group(2) == "failed", ended.group(0)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("words", nargs="*", help="only the mutants whose names hold one of these words")
    parser.add_argument("--check", action="store_true", help="only see whether every line to change is there")
    options = parser.parse_args()
    wanted = options.words
    chosen = [m for m in MUTANTS if not wanted or any(word in m[0] for word in wanted)]
    # A line that has changed is no mutant any more: said before the first build, not after hours.
    gone = [(name, path) for name, path, old, _, _ in MUTANTS
            if old not in open(os.path.join(ROOT, path), encoding="utf-8").read()]
    if gone:
        sys.exit("\n".join(f"{path}: lacks the line of the mutant '{name}'; mend {sys.argv[0]}"
                           for name, path in gone))
    if options.check:
        return None
    os.makedirs(COPY, exist_ok=True)
    files = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, stdout=subprocess.PIPE,
                           text=True, check=True).stdout.splitlines()
    for name in files:
        source, target = os.path.join(ROOT, name), os.path.join(COPY, name)
        if not os.path.isfile(source) or os.path.abspath(source) == os.path.abspath(target):
            continue
        os.makedirs(os.path.dirname(target), exist_ok=True)
        if not os.path.exists(target) or open(source, "rb").read() != open(target, "rb").read():
            shutil.copy2(source, target)
    print(f"{len(chosen)} mutants in {COPY}; building the sound copy", flush=True)
    result = build()
    if result.returncode != 0:
        sys.exit("the sound copy does not build:\n" + result.stdout[-2000:])
    missed = 0
    for name, path, old, new, tests in chosen:
        target = os.path.join(COPY, path)
        sound = open(target, encoding="utf-8").read()
        if sound.count(old) < 1:
            sys.exit(f"{path}: found no '{old}', expected it for the mutant '{name}'; mend {sys.argv[0]}")
        start = time.time()
        try:
            with open(target, "w", encoding="utf-8") as file:
                file.write(sound.replace(old, new, 1))
            found, detail = caught(tests)
        finally:
            with open(target, "w", encoding="utf-8") as file:
                file.write(sound)
        verdict = {True: "caught", False: "NOT CAUGHT", None: "NOT TRIED"}[found]
        missed += found is not True
        print(f"{verdict:10}  {name}  ({tests}, {time.time() - start:.0f} s)", flush=True)
        if found is not True:
            print("            " + detail, flush=True)
    build()
    print(f"{len(chosen) - missed} of {len(chosen)} caught")
    sys.exit(1 if missed else 0)


main()
