"""BPR, LightGCN and SGL of RecBole as shipped, on our split."""

import os

import numpy as np
import recbole
import torch
from recbole.config import Config
from recbole.data import create_dataset, data_preparation
from recbole.utils import get_model, get_trainer, init_seed

from measuring import Meter, RankingJudge, Split, options

arguments = options(__doc__)
torch.set_num_threads(1)
split = Split(arguments.split)
name = {"mf": "BPR", "lightgcn": "LightGCN", "sgl": "SGL"}[arguments.model]

# RecBole's own files beside ours: three parts that it takes as they are.
folder = os.path.abspath(os.path.join(arguments.split, "recbole"))
os.makedirs(folder, exist_ok=True)
for part in ("train", "validation", "test"):
    users, items, ratings = getattr(split, part)
    with open(os.path.join(folder, f"recbole.{part}.inter"), "w") as file:
        file.write("user_id:token\titem_id:token\trating:float\n")
        for user, item, rating in zip(users, items, ratings):
            file.write(f"{user}\t{item}\t{rating}\n")

settings = {
    "data_path": os.path.dirname(folder), "benchmark_filename": ["train", "validation", "test"],
    "load_col": {"inter": ["user_id", "item_id"]}, "use_gpu": False, "seed": arguments.seed,
    "train_batch_size": arguments.batch, "embedding_size": arguments.dimension,
    "learning_rate": arguments.learning_rate, "n_layers": arguments.layers,
    "reg_weight": arguments.l2, "show_progress": False, "state": "ERROR", "nproc": 1,
    "eval_args": {"split": {"RS": [0.8, 0.1, 0.1]}, "order": "RO", "group_by": "user",
                  "mode": "full"},
    "train_neg_sample_args": {
        "distribution": "uniform", "sample_num": arguments.negatives or 1, "alpha": 1.0,
        "dynamic": False, "candidate_num": 0},
}
config = Config(
    model=name, dataset="recbole",
    config_dict={key: value for key, value in settings.items() if value is not None})
init_seed(arguments.seed, reproducibility=True)
dataset = create_dataset(config)
train_data, _, _ = data_preparation(config, dataset)
model = get_model(name)(config, train_data.dataset)
trainer = get_trainer(config["MODEL_TYPE"], name)(config, model)
user_rows = train_data.dataset.token2id("user_id", [str(user) for user in range(split.users)])
item_rows = train_data.dataset.token2id("item_id", [str(item) for item in range(split.items)])


def scores(users, _):
    """RecBole's scores in the order of our items."""
    model.eval()
    with torch.no_grad():
        model.restore_user_e = model.restore_item_e = None
        rows = torch.from_numpy(np.asarray(user_rows)[users])
        result = model.full_sort_predict({"user_id": rows}).view(len(users), -1)
    return result.numpy()[:, item_rows]


meter = Meter(arguments, split, "RecBole", recbole.__version__, RankingJudge(split, scores))
epochs = iter(range(10 ** 9))
meter.run(lambda: trainer._train_epoch(train_data, next(epochs), show_progress=False))
