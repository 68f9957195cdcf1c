"""The rating models of DeepCTR-Torch with its defaults, on our split and encoded fields."""

from importlib.metadata import version

import numpy as np
from deepctr_torch import models
from deepctr_torch.callbacks import Callback
from deepctr_torch.inputs import SparseFeat, VarLenSparseFeat
import torch

from measuring import Enough, Meter, RatingJudge, Split, options

arguments = options(__doc__)
torch.set_num_threads(1)
split = Split(arguments.split)
columns, tables = [], []
for side, fields in enumerate((split.user_fields, split.item_fields)):
    for field, cardinality, rows in fields:
        name = field.replace(".", "_")
        length = max(len(row) for row in rows)
        # Value 0 is missing: what DeepCTR-Torch takes for padding.
        table = np.zeros((len(rows), length), dtype=np.int32)
        for index, row in enumerate(rows):
            table[index, :len(row)] = row
        feature = SparseFeat(name, cardinality, embedding_dim=arguments.dimension or 8)
        columns.append(feature if length == 1 else VarLenSparseFeat(feature, length, "mean"))
        tables.append((name, side, table if length > 1 else table[:, 0]))


def inputs(users, items):
    return {name: table[(users, items)[side]] for name, side, table in tables}


names = {"deepfm": "DeepFM", "nfm": "NFM", "dcn": "DCN", "autoint": "AutoInt", "afm": "AFM",
         "xdeepfm": "xDeepFM"}
model = getattr(models, names[arguments.model])(
    columns, columns, task="regression", seed=arguments.seed, device="cpu")
model.compile(torch.optim.Adam(model.parameters(), lr=arguments.learning_rate or 1e-3), "mse")


def ratings(users, items):
    result = model.predict(inputs(users, items), batch_size=4096)[:, 0]
    model.train()
    return result


meter = Meter(arguments, split, "DeepCTR-Torch", version("deepctr-torch"),
              RatingJudge(split, ratings))


class Laps(Callback):
    """Its own loop is what is timed."""

    def on_epoch_begin(self, epoch, logs=None):
        meter.start()

    def on_epoch_end(self, epoch, logs=None):
        meter.lap()


users, items, actual = split.train
try:
    model.fit(inputs(users, items), actual.astype(np.float32),
              batch_size=arguments.batch or 256, epochs=10 ** 6, verbose=0, callbacks=[Laps()])
except Enough:
    meter.print()
