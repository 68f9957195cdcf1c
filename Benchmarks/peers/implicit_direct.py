"""BPR and ALS of the library implicit on our split."""

import implicit
import scipy.sparse
from implicit.als import AlternatingLeastSquares
from implicit.bpr import BayesianPersonalizedRanking

from measuring import Enough, Meter, RankingJudge, Split, options

arguments = options(__doc__)
split = Split(arguments.split)
users, items, _ = split.train
matrix = scipy.sparse.csr_matrix(
    ([1.0] * len(users), (users, items)), shape=(split.users, split.items), dtype="float32")
passes = max(arguments.epochs, arguments.quality)
common = {"factors": arguments.dimension or 64, "iterations": passes + 1, "num_threads": 1,
          "random_state": arguments.seed}
if arguments.model == "als":
    # Its alpha 1 is our confidence 0.
    model = AlternatingLeastSquares(
        regularization=arguments.penalty or 10.0, alpha=1.0, use_gpu=False, **common)
else:
    model = BayesianPersonalizedRanking(
        learning_rate=arguments.learning_rate or 0.01,
        regularization=0.01 if arguments.l2 is None else arguments.l2, use_gpu=False, **common)


def scores(rows, _):
    return model.user_factors[rows] @ model.item_factors.T


meter = Meter(arguments, split, "implicit", implicit.__version__, RankingJudge(split, scores),
              unit="pass")
meter.start()
try:
    model.fit(matrix, show_progress=False, callback=lambda *_: meter.lap())
except Enough:
    meter.print()
