"""Train the small networks of the local classifier on standardised descriptors of many views.

Each is one hidden layer behind principal components, trained with dropout, noise on the descriptors and soft labels:
without them it learns pictures by heart and answers strangers no better than the linear map. Every (class, source)
pair weighs by the square root of its size and every class the same, as in `fit.py`. Needs torch; one thread and a
seed, so that the same machine makes the same networks.
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from foley_surface_agent.domain.types import SURFACES
from foley_surface_agent.local.head import Networks

COUNT = 3  # networks, whose scores are averaged: single ones differ by 0.02 to 0.03 of the steps
HIDDEN = 256  # units; 512 were no better
COMPONENTS = 600  # principal components of the descriptors; 360 tell fewer grounds, all 1,184 take twice the time
DROPOUT = 0.5
NOISE = 0.3  # deviation of what is added to components of unit scatter
SOFT = 0.1  # of a label's weight given to the other classes
EPOCHS = 8
BATCH = 256
PACE = 2e-3  # learning rate at the start, falling by a cosine
DECAY = 1e-3
SEED = 7

FloatArray = NDArray[np.float32]


def train(inputs: FloatArray, label: NDArray[np.int64], weight: NDArray[np.float64]) -> Networks:
    """Networks for standardised descriptors.

    Args:
        inputs: shape ``(n, d)``.
        label: shape ``(n,)``, position in `SURFACES`.
        weight: shape ``(n,)``, how much a row counts.
    """
    torch.set_num_threads(1)
    _, vectors = np.linalg.eigh(inputs.T @ inputs / len(inputs))
    basis = vectors[:, ::-1][:, :COMPONENTS].astype(np.float32)
    points = inputs @ basis
    size = float(np.sqrt(np.mean(points**2))) or 1.0
    points /= size
    made = [
        _one(
            torch.from_numpy(points),
            torch.from_numpy(label.astype(np.int64)),
            torch.from_numpy((weight / weight.mean()).astype(np.float32)),
            SEED + number,
        )
        for number in range(COUNT)
    ]
    folded = [[array.detach().numpy().copy() for array in net.parameters()] for net in made]
    return Networks(
        *(
            _half(np.stack(arrays))
            for arrays in (
                [basis @ one[0].T / size for one in folded],
                [one[1] for one in folded],
                [one[2].T for one in folded],
                [one[3] for one in folded],
            )
        )
    )


def _one(
    points: torch.Tensor, label: torch.Tensor, weight: torch.Tensor, seed: int
) -> nn.Sequential:
    torch.manual_seed(seed)
    net = nn.Sequential(
        nn.Linear(points.shape[1], HIDDEN),
        nn.ReLU(),
        nn.Dropout(DROPOUT),
        nn.Linear(HIDDEN, len(SURFACES)),
    )
    steps = max(1, EPOCHS * len(points) // BATCH)
    adam = torch.optim.AdamW(net.parameters(), lr=PACE, weight_decay=DECAY)
    falling = torch.optim.lr_scheduler.CosineAnnealingLR(adam, steps)
    loss_of = nn.CrossEntropyLoss(reduction="none", label_smoothing=SOFT)
    for _ in range(steps):
        rows = torch.randint(0, len(points), (BATCH,))
        seen = points[rows] + NOISE * torch.randn(BATCH, points.shape[1])
        loss = (loss_of(net(seen), label[rows]) * weight[rows]).mean()
        adam.zero_grad()
        loss.backward()
        adam.step()
        falling.step()
    return net.eval()


def _half(array: FloatArray) -> FloatArray:
    """Rounded as the file keeps it, so that what is judged is what is shipped."""
    return array.astype(np.float16).astype(np.float32)
