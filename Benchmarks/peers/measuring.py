"""What all peers' scripts share: options, the split, timing, evaluation, and the line they print."""

import argparse
import json
import math
import os
import resource
import statistics
import sys

import numpy as np

# Libraries print as they like: what they say goes to stderr, our one line to the real stdout.
RESULTS = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)


def options(description):
    """The options that every script takes; the names are those of `benchmarks backbone`."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--model", required=True)
    parser.add_argument("--split", required=True, help="directory that `benchmarks split` wrote")
    parser.add_argument("--dataset", default="", help="its name, for the result")
    parser.add_argument("--epochs", type=int, default=5, help="epochs to time")
    parser.add_argument("--quality", type=int, default=0, help="most epochs, for the metrics")
    parser.add_argument("--seed", type=int, default=1)
    for name in ("batch", "dimension", "negatives", "layers", "candidates", "length", "blocks",
                 "heads", "patience"):
        parser.add_argument("--" + name, type=int)
    for name in ("dropout", "mask-rate", "contrast-weight", "learning-rate", "l2", "penalty"):
        parser.add_argument("--" + name, type=float)
    parser.add_argument("--loss", choices=("binary", "softmax"))
    arguments = parser.parse_args()
    del sys.argv[1:]  # RecBole reads them, too.
    return arguments


SETTING = ("batch", "dimension", "negatives", "layers", "candidates", "length", "blocks", "heads",
           "loss", "dropout", "mask_rate", "contrast_weight", "learning_rate", "l2", "penalty",
           "patience")


class Split:
    """The samples as `benchmarks split` wrote them."""

    def __init__(self, directory):
        self.directory = directory
        self.train = self._samples("train.tsv")
        self.validation = self._samples("validation.tsv")
        self.test = self._samples("test.tsv")
        self.user_fields, self.users = self._fields("users.tsv")
        self.item_fields, self.items = self._fields("items.tsv")

    def _samples(self, name):
        """Users, items and ratings."""
        table = np.loadtxt(os.path.join(self.directory, name), delimiter="\t", ndmin=2)
        return table[:, 0].astype(np.int64), table[:, 1].astype(np.int64), table[:, 2]

    def _fields(self, name):
        """(name, cardinality, rows of values) of each field, and the number of rows."""
        with open(os.path.join(self.directory, name)) as file:
            header = file.readline().rstrip("\n").split("\t")
            rows = [line.rstrip("\n").split("\t") for line in file]
        fields = []
        for column, label in enumerate(header):
            field, cardinality = label.rsplit(":", 1)
            values = [[int(value) for value in row[column].split(",")] for row in rows]
            fields.append((field, int(cardinality), values))
        return fields, len(rows)

    def histories(self, known="validation"):
        """Each user's items in time order: train, and at test the validation item, too."""
        histories = [[] for _ in range(self.users)]
        for user, item in zip(self.train[0], self.train[1]):
            histories[user].append(item)
        if known == "test":
            for user, item in zip(self.validation[0], self.validation[1]):
                histories[user].append(item)
        return histories


class RankingJudge:
    """Full ranking, known items masked, equal scores by the lower item."""

    better = staticmethod(lambda metric, best: metric > best)

    def __init__(self, split, scores):
        """`scores(users, moment)` gives users × items; the moment is validation or test."""
        self.split, self.scores = split, scores

    def _ranks(self, moment):
        users, targets, _ = getattr(self.split, moment)
        histories = self.split.histories(moment)
        ranks = []
        for start in range(0, len(users), 512):
            batch, wanted = users[start:start + 512], targets[start:start + 512]
            scores = np.array(self.scores(batch, moment), dtype=np.float32)
            for row, (user, target) in enumerate(zip(batch, wanted)):
                # What is no number ranks last, as known items do.
                line = np.where(np.isnan(scores[row]), -np.inf, scores[row])
                line[list(histories[user])] = -np.inf
                if line[target] == -np.inf:
                    ranks.append(self.split.items)
                    continue
                above = np.count_nonzero(line > line[target])
                ranks.append(above + np.count_nonzero(line[:target] == line[target]))
        return np.array(ranks)

    def validation(self):
        ranks = self._ranks("validation")
        return float(np.mean(np.where(ranks < 10, 1 / np.log2(ranks + 2), 0)))

    def test(self):
        ranks = self._ranks("test")
        metrics = {}
        for k in (3, 5, 10):
            metrics[f"HR@{k}"] = float(np.mean(ranks < k))
            metrics[f"NDCG@{k}"] = float(np.mean(np.where(ranks < k, 1 / np.log2(ranks + 2), 0)))
        return metrics


class RatingJudge:
    """RMSE and MAE of ratings clipped to those seen in train."""

    better = staticmethod(lambda metric, best: metric < best)

    def __init__(self, split, ratings):
        """`ratings(users, items)` predicts one rating a pair."""
        self.split, self.ratings = split, ratings

    def _errors(self, moment):
        users, items, actual = getattr(self.split, moment)
        low, high = self.split.train[2].min(), self.split.train[2].max()
        return np.clip(self.ratings(users, items), low, high) - actual

    def validation(self):
        return math.sqrt(np.mean(self._errors("validation") ** 2))

    def test(self):
        errors = self._errors("test")
        return {"RMSE": math.sqrt(np.mean(errors ** 2)), "MAE": float(np.mean(np.abs(errors)))}


class Enough(Exception):
    """Ends a training whose loop is the peer's."""


class Meter:
    """Takes the CPU time of each epoch, and judges between the epochs where quality is asked."""

    def __init__(self, arguments, split, peer, version, judge, unit="epoch"):
        self.arguments, self.split, self.judge = arguments, split, judge
        self.peer, self.version, self.unit = peer, version, unit
        self.seconds, self.system, self.peak = [], [], None
        self.best = self.best_epoch = self.metrics = None
        self.loaded = peak_memory()

    def start(self):
        self.mark = cpu_seconds()

    def lap(self):
        """An epoch has ended; raises Enough after the last."""
        user, system = cpu_seconds()
        self.seconds.append(user - self.mark[0])
        self.system.append(system - self.mark[1])
        epoch, arguments = len(self.seconds), self.arguments
        print(f"  epoch {epoch}: {self.seconds[-1]:.3f} s", file=sys.stderr)
        if epoch == arguments.epochs:
            self.peak = peak_memory()
        if arguments.quality and epoch <= arguments.quality:
            metric = self.judge.validation()
            print(f"  validation {metric:.4f}", file=sys.stderr)
            if self.best is None or self.judge.better(metric, self.best):
                self.best, self.best_epoch, self.metrics = metric, epoch, self.judge.test()
            elif arguments.patience and epoch - self.best_epoch >= arguments.patience:
                if self.peak is not None:
                    raise Enough
        if epoch >= max(arguments.epochs, arguments.quality):
            raise Enough
        self.start()

    def run(self, epoch):
        """Runs epochs until there are enough, and prints the result."""
        try:
            self.start()
            while True:
                epoch()
                self.lap()
        except Enough:
            self.print()

    def print(self):
        arguments = self.arguments
        setting = {name.replace("_", "-"): str(getattr(arguments, name))
                   for name in SETTING if getattr(arguments, name) is not None}
        result = {
            "peer": self.peer, "version": self.version, "model": arguments.model,
            "dataset": arguments.dataset, "interactions": len(self.split.train[0]),
            "setting": setting, "unit": self.unit,
            "seconds": statistics.median(self.seconds), "all": self.seconds,
            "system_seconds": statistics.median(self.system),
            "loaded_mib": self.loaded, "peak_mib": self.peak,
        }
        if self.metrics:
            result.update(epochs_run=len(self.seconds), best_epoch=self.best_epoch,
                          metrics=self.metrics)
        print(json.dumps(result, sort_keys=True), file=RESULTS, flush=True)


def cpu_seconds():
    """CPU time of this process, in user mode and in the kernel."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime, usage.ru_stime


def peak_memory():
    """The most memory that was resident so far, in MiB."""
    try:
        with open("/proc/self/status") as status:
            line = next(line for line in status if line.startswith("VmHWM:"))
        return int(line.split()[1]) / 1024
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2 ** 20
