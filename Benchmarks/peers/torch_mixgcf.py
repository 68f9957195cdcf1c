"""MixGCF over LightGCN as a plain PyTorch loop after the authors' code: RecBole has none.

The graph is a sparse COO tensor as in the authors' code and in RecBole's LightGCN; negatives are
drawn by whole batches, which is faster than the authors' loop over users.
"""

import numpy as np
import torch
import torch.nn.functional as F

from measuring import Meter, RankingJudge, Split, options

arguments = options(__doc__)
torch.set_num_threads(1)
torch.manual_seed(arguments.seed)
split = Split(arguments.split)
BATCH = arguments.batch or 2048
WIDTH = arguments.dimension or 64
LAYERS = arguments.layers or 3
CANDIDATES = arguments.candidates or 64
L2 = 1e-4 if arguments.l2 is None else arguments.l2

users, items = (torch.from_numpy(column) for column in split.train[:2])
owned = torch.zeros(split.users, split.items, dtype=torch.bool)
owned[users, items] = True
nodes = split.users + split.items
rows = torch.cat([users, items + split.users])
columns = torch.cat([items + split.users, users])
degrees = torch.bincount(rows, minlength=nodes).float()
adjacency = torch.sparse_coo_tensor(
    torch.stack([rows, columns]), (degrees[rows] * degrees[columns]) ** -0.5, (nodes, nodes)
).coalesce()
table = torch.nn.Parameter(0.1 * torch.randn(nodes, WIDTH))
optimizer = torch.optim.Adam([table], lr=arguments.learning_rate or 1e-3)


def propagate():
    """Nodes × layers × width."""
    layers = [table]
    for _ in range(LAYERS):
        layers.append(torch.sparse.mm(adjacency, layers[-1]))
    return torch.stack(layers, 1)


def draw(batch):
    """Items that the users do not have, B × candidates."""
    others = torch.randint(split.items, (len(batch), CANDIDATES))
    wide = batch[:, None].expand_as(others)
    while (again := owned[wide, others]).any():
        others[again] = torch.randint(split.items, (int(again.sum()),))
    return others


def epoch():
    for batch in torch.randperm(len(users)).split(BATCH):
        user, item = users[batch], items[batch] + split.users
        candidates = draw(user) + split.users
        layers = propagate()
        u, positive = layers[user], layers[item]
        alpha = torch.rand(len(batch), 1, LAYERS + 1, 1)
        user_vector = u.mean(1)
        place = torch.arange(len(batch))[:, None]
        with torch.no_grad():
            mixed = alpha * positive[:, None] + (1 - alpha) * layers[candidates]
            chosen = (mixed @ user_vector[:, None, :, None]).squeeze(-1).argmax(1)
        hop = torch.arange(LAYERS + 1)
        other = layers[candidates[place, chosen], hop]
        alpha = alpha[:, 0]
        negative = alpha * positive + (1 - alpha) * other
        difference = (user_vector * (positive.mean(1) - negative.mean(1))).sum(-1)
        start = table[user], table[item], table[candidates[place[:, 0], chosen[:, 0]]]
        penalty = sum(vectors.square().sum() for vectors in start) / 2 / len(batch)
        optimizer.zero_grad()
        (-F.logsigmoid(difference).mean() + L2 * penalty).backward()
        optimizer.step()


def scores(users, _):
    with torch.no_grad():
        final = propagate().mean(1)
        return (final[users] @ final[split.users:].T).numpy()


Meter(arguments, split, "PyTorch", torch.__version__, RankingJudge(split, scores)).run(epoch)
