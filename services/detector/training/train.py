"""Train the event network on synthetic walks and write it as ONNX.

    nice python services/detector/training/train.py OUT.onnx [--nets 3] [--examples 5000] [--steps 4500] [--seed 11]

Needs torch (CPU is enough). Prints the loss, and recall and timing on walks of another seed.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np
import onnx
import torch
from torch import nn
from views import example
from walker import Array

from foley_detector.domain.event_inputs import (
    INPUT_CHANNELS,
    INPUT_RATE_HZ,
    SIDEWAYS_CHANNELS,
    event_inputs,
)
from foley_detector.domain.params import DEFAULT_PARAMS

LENGTH = 400
SPREAD_S = 0.024  # of the hill that marks an event
PACE = 2e-3  # highest learning rate, reached after 100 steps, then falling by a cosine
BATCH = 24  # feet
REPORT_STEPS = 500


class EventNet(nn.Module):
    """Dilated convolutions over time; out: logits of contact, toe-off and stance of the own foot."""

    def __init__(
        self, width: int = 48, dilations: tuple[int, ...] = (1, 2, 4, 8, 16, 4, 1)
    ) -> None:
        super().__init__()
        self.first = nn.Conv1d(INPUT_CHANNELS, width, 5, padding=2)
        self.mix = nn.ModuleList(
            nn.Conv1d(width, width, 5, padding=2 * d, dilation=d) for d in dilations
        )
        self.last = nn.Conv1d(width, 3, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Logits ``(feet, 3, time)``."""
        h = torch.relu(self.first(x))
        for layer in self.mix:
            h = h + torch.relu(layer(h))
        return self.last(h)


def targets(grid: Array, contacts: Array, toe_offs: Array) -> Array:
    """Hills at the events, and stance, for one foot: ``(3, m)``."""
    out = np.zeros((3, grid.size), np.float32)
    for row, events in enumerate((contacts, toe_offs)):
        for t in events:
            out[row] = np.maximum(out[row], np.exp(-0.5 * ((grid - t) / SPREAD_S) ** 2))
    events = np.concatenate([contacts, toe_offs])
    down = np.concatenate([np.ones(len(contacts)), np.zeros(len(toe_offs))])
    order = np.argsort(events)
    events, down = events[order], down[order]
    last = np.searchsorted(events, grid) - 1
    first_down = 1 - down[0] if down.size else 1
    out[2] = np.where(last >= 0, down[np.maximum(last, 0)] if down.size else 1, first_down)
    return out


def make(count: int, seed: int) -> tuple[Array, Array, Array]:
    """Inputs ``(2 * count, C, LENGTH)``, targets, and where they hold; both feet of a person lie side by side."""
    rng = np.random.default_rng(seed)
    xs, ys, ms = [], [], []
    while len(xs) < 2 * count:
        ex = example(rng)
        made = event_inputs(ex.motion, DEFAULT_PARAMS, slowness=1.0)
        if made is None:
            continue
        grid, x = made
        m = min(LENGTH, grid.size)
        for foot in range(2):
            xx, yy, mm = (np.zeros((c, LENGTH), np.float16) for c in (INPUT_CHANNELS, 3, 1))
            xx[:, :m] = x[foot, :, :m]
            yy[:, :m] = targets(grid[:m], ex.contacts[foot], ex.toe_offs[foot])
            mm[:, :m] = 1
            xs.append(xx)
            ys.append(yy)
            ms.append(mm)
    return np.stack(xs), np.stack(ys), np.stack(ms)


def export(net: nn.Module, out: Path) -> None:
    """Write with one free axis each for feet and time."""
    net.eval()
    torch.onnx.export(
        net,
        (torch.zeros(2, INPUT_CHANNELS, 100),),
        str(out),
        input_names=["legs"],
        output_names=["logits"],
        dynamic_axes={"legs": {0: "feet", 2: "time"}, "logits": {0: "feet", 2: "time"}},
        opset_version=17,
        dynamo=False,
    )
    onnx.checker.check_model(onnx.load(str(out)))


def check(net: nn.Module, data: tuple[Array, Array, Array]) -> str:
    """Peaks of the hills against the truth, at half height."""
    x, y, _ = data
    with torch.no_grad():
        p = torch.sigmoid(net(torch.from_numpy(x.astype(np.float32)))).numpy()
    parts = []
    for row, name in enumerate(("contact", "toe-off")):
        hit = miss = false = 0
        errors = []
        for k in range(len(x)):

            def peaks(v: Array, least: float) -> Array:
                return (
                    np.flatnonzero((v[1:-1] >= v[:-2]) & (v[1:-1] > v[2:]) & (v[1:-1] > least)) + 1
                )

            truth, found = peaks(y[k, row].astype(np.float32), 0.5), peaks(p[k, row], 0.4)
            near = (
                np.abs(truth[:, None] - found[None]) if found.size else np.full((truth.size, 1), 99)
            )
            good = near.min(axis=1) <= 3 if truth.size else np.zeros(0, bool)
            hit, miss, false = (
                hit + good.sum(),
                miss + (~good).sum(),
                false + found.size - good.sum(),
            )
            if truth.size:
                errors += list(near.min(axis=1)[good] * 1000 / INPUT_RATE_HZ)
        parts.append(
            f"{name} F1@60ms {2 * hit / max(2 * hit + miss + false, 1):.3f} mean error {np.mean(errors):.1f} ms"
        )
    return "; ".join(parts)


class Together(nn.Module):
    """Several networks asked at once: the mean of their logits errs less than each."""

    def __init__(self, nets: list[EventNet]) -> None:
        super().__init__()
        self.nets = nn.ModuleList(nets)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Logits ``(feet, 3, time)``."""
        return torch.stack([net(x) for net in self.nets]).mean(dim=0)


def train(seed: int, held: tuple[Array, Array, Array], chosen: argparse.Namespace) -> EventNet:
    """One network on walks of its own."""
    torch.manual_seed(seed)
    x, y, m = make(chosen.examples, seed)
    print(f"seed {seed}: made {x.shape}", flush=True)
    net = EventNet(chosen.width)
    best = torch.optim.AdamW(net.parameters(), lr=PACE, weight_decay=1e-3)
    rng = np.random.default_rng(seed)
    started, total = time.monotonic(), 0.0
    for step in range(1, chosen.steps + 1):
        for group in best.param_groups:
            group["lr"] = (
                PACE * min(1, step / 100) * 0.5 * (1 + np.cos(np.pi * step / chosen.steps))
            )
        i = rng.integers(0, len(x), BATCH)
        xb, yb, mb = (torch.from_numpy(v[i].astype(np.float32)) for v in (x, y, m))
        if rng.random() < 0.5:
            xb[:, list(SIDEWAYS_CHANNELS)] *= -1
        loss = nn.functional.binary_cross_entropy_with_logits(
            net(xb), yb, reduction="none", pos_weight=torch.tensor([3.0, 3.0, 1.0])[:, None]
        )
        loss = (loss * mb * torch.tensor([4.0, 3.0, 0.5])[:, None]).mean()
        best.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        best.step()
        total += float(loss.detach())
        if step % REPORT_STEPS == 0:
            spent_s = time.monotonic() - started
            print(f"  {step} loss {total / REPORT_STEPS:.4f} {spent_s:.0f} s", flush=True)
            total = 0.0
    print(f"seed {seed}, on walks of another:", check(net, held), flush=True)
    return net


def main() -> None:
    """Train and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--nets", type=int, default=3, help="networks asked together")
    parser.add_argument("--examples", type=int, default=5000, help="walks for each")
    parser.add_argument("--steps", type=int, default=4500)
    parser.add_argument("--seed", type=int, default=11)
    parser.add_argument("--width", type=int, default=48)
    chosen = parser.parse_args()
    torch.set_num_threads(1)
    held = make(150, chosen.seed - 1)
    nets: list[EventNet] = []
    for k in range(chosen.nets):
        nets.append(train(chosen.seed + k, held, chosen))
        together = Together(nets)
        print(f"{len(nets)} together:", check(together, held), flush=True)
        export(together, chosen.out)


if __name__ == "__main__":
    main()
