"""SASRec, BERT4Rec and CL4SRec as a plain PyTorch loop: the architecture of our
Sources/Recommenders/Sequential, one sequence a user, padded on the left."""

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from measuring import Meter, RankingJudge, Split, options

arguments = options(__doc__)
torch.set_num_threads(1)
torch.manual_seed(arguments.seed)
random = np.random.default_rng(arguments.seed)
split = Split(arguments.split)
BATCH = arguments.batch or 64
WIDTH = arguments.dimension or 64
LENGTH = arguments.length or 50
BLOCKS = arguments.blocks or 2
HEADS = arguments.heads or 1
DROPOUT = 0.2 if arguments.dropout is None else arguments.dropout
RATE = arguments.mask_rate or 0.5  # Masked items of BERT4Rec, changed ones of CL4SRec.
CONTRAST = 0.05 if arguments.contrast_weight is None else arguments.contrast_weight
TEMPERATURE = 1.0
MASK, PADDING = split.items, split.items + 1


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.attention_norm, self.network_norm = nn.LayerNorm(WIDTH), nn.LayerNorm(WIDTH)
        self.query, self.key, self.value = (nn.Linear(WIDTH, WIDTH) for _ in range(3))
        self.inner, self.outer = nn.Linear(WIDTH, WIDTH), nn.Linear(WIDTH, WIDTH)
        for layer in (self.query, self.key, self.value, self.inner, self.outer):
            nn.init.xavier_uniform_(layer.weight)
            nn.init.zeros_(layer.bias)

    def heads(self, x):
        return x.view(x.shape[0], x.shape[1], HEADS, WIDTH // HEADS).transpose(1, 2)

    def forward(self, x, allowed):
        queries = self.attention_norm(x)
        attended = F.scaled_dot_product_attention(
            self.heads(self.query(queries)), self.heads(self.key(x)), self.heads(self.value(x)),
            attn_mask=allowed, dropout_p=DROPOUT if self.training else 0.0)
        x = self.network_norm(queries + attended.transpose(1, 2).reshape(x.shape))
        inner = F.dropout(F.relu(self.inner(x)), DROPOUT, self.training)
        return x + F.dropout(self.outer(inner), DROPOUT, self.training)


class Network(nn.Module):
    def __init__(self):
        super().__init__()
        self.items = nn.Embedding(split.items + 2, WIDTH)
        self.positions = nn.Embedding(LENGTH, WIDTH)
        nn.init.xavier_uniform_(self.items.weight)
        nn.init.xavier_uniform_(self.positions.weight)
        self.blocks = nn.ModuleList(Block() for _ in range(BLOCKS))
        self.norm = nn.LayerNorm(WIDTH)

    def forward(self, sequences, causal):
        """B × L items to B × L × D outputs."""
        length = sequences.shape[1]
        allowed = (sequences != PADDING)[:, None, None, :].expand(-1, 1, length, length)
        if causal:
            allowed = allowed & torch.ones(length, length, dtype=torch.bool).tril()
        # A padded place sees itself: softmax needs something to look at.
        allowed = allowed | torch.eye(length, dtype=torch.bool)
        x = self.items(sequences) * WIDTH ** 0.5 + self.positions.weight[-length:]
        x = F.dropout(x, DROPOUT, self.training)
        for block in self.blocks:
            x = block(x, allowed)
        return self.norm(x)

    def logits(self, hidden):
        return hidden @ self.items.weight[:split.items].T


def padded(sequences):
    """Lists of items as B × L, on the right."""
    result = np.full((len(sequences), LENGTH), PADDING, dtype=np.int64)
    for row, items in enumerate(sequences):
        if len(items):
            result[row, -len(items):] = items
    return torch.from_numpy(result)


histories = split.histories()
network = Network()
optimizer = torch.optim.Adam(network.parameters(), lr=arguments.learning_rate or 2e-3)
owned = torch.zeros(split.users, split.items, dtype=torch.bool)
owned[torch.from_numpy(split.train[0]), torch.from_numpy(split.train[1])] = True


def next_item_loss(users):
    """SASRec: at each place the item after it."""
    inputs = padded([histories[user][:-1][-LENGTH:] for user in users])
    targets = padded([histories[user][1:][-LENGTH:] for user in users])
    real = inputs != PADDING
    hidden, wanted = network(inputs, causal=True)[real], targets[real]
    if arguments.loss != "binary":
        return F.cross_entropy(network.logits(hidden), wanted)
    rows = torch.tensor(users)[:, None].expand_as(inputs)[real]
    others = torch.randint(split.items, wanted.shape)
    while (again := owned[rows, others]).any():
        others[again] = torch.randint(split.items, (int(again.sum()),))
    table = network.items
    positive = (hidden * table(wanted)).sum(-1)
    negative = (hidden * table(others)).sum(-1)
    return (-F.logsigmoid(positive) - F.logsigmoid(-negative)).mean()


def gap_loss(users):
    """BERT4Rec: what was under the mask."""
    items = padded([histories[user][-LENGTH:] for user in users])
    hidden_places = (items != PADDING) & (torch.rand(items.shape) < RATE)
    hidden_places[~hidden_places.any(1), -1] = True
    hidden = network(torch.where(hidden_places, MASK, items), causal=False)[hidden_places]
    return F.cross_entropy(network.logits(hidden), items[hidden_places])


def view(items):
    """A copy distorted by crop, mask or reorder."""
    items = np.array(items)
    changed = int(RATE * len(items))
    kind = random.integers(3)
    if kind == 0:
        kept = max(1, len(items) - changed)
        start = random.integers(len(items) - kept + 1)
        return items[start:start + kept]
    if kind == 1:
        items[random.permutation(len(items))[:changed]] = MASK
    else:
        start = random.integers(len(items) - changed + 1)
        items[start:start + changed] = random.permutation(items[start:start + changed])
    return items


def contrastive_loss(users):
    """CL4SRec: SASRec's, and to know a sequence's second view by the first."""
    views = [padded([view(histories[user][:-1][-LENGTH:]) for user in users]) for _ in range(2)]
    hidden = network(torch.cat(views), causal=True)[:, -1]
    first, second = F.normalize(hidden, dim=-1).chunk(2)
    contrast = F.cross_entropy(first @ second.T / TEMPERATURE, torch.arange(len(users)))
    return next_item_loss(users) + CONTRAST * contrast


loss_of = {"sasrec": next_item_loss, "bert4rec": gap_loss, "cl4srec": contrastive_loss}[
    arguments.model]
shortest = 1 if arguments.model == "bert4rec" else 2
trained = [user for user in range(split.users) if len(histories[user]) >= shortest]


def epoch():
    network.train()
    order = random.permutation(trained)
    for start in range(0, len(order), BATCH):
        optimizer.zero_grad()
        loss = loss_of(order[start:start + BATCH].tolist())
        loss.backward()
        optimizer.step()


def scores(users, moment):
    known = split.histories(moment)
    if arguments.model == "bert4rec":
        questions = [known[user][-LENGTH + 1:] + [MASK] for user in users]
    else:
        questions = [known[user][-LENGTH:] for user in users]
    network.eval()
    with torch.no_grad():
        hidden = network(padded(questions), causal=arguments.model != "bert4rec")[:, -1]
        return network.logits(hidden).numpy()


Meter(arguments, split, "PyTorch", torch.__version__, RankingJudge(split, scores)).run(epoch)
