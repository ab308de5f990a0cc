"""Records how the loss falls when PyTorch trains a small network on handwritten digits.

    python3 test/golden/digits.py > test/golden/digits.json

The network is Linear(64, 32), ReLU, Linear(32, 10), fed with pixels / 16; batch k is the 64 images
from number 64 k on, around the end; the loss is the cross-entropy. Gradients are clipped to a norm of
0.5 before each step, and a scheduler moves lr after it. LBFGS gets the same 256 images in every step.
SparseAdam trains a table instead: one row of ten logits for every pixel and brightness, summed over
the pixels, from zero, without clipping. Muon trains the two matrices, not the biases.

NAdam (which PyTorch 1.13 computes differently from 2.x), Adafactor and Muon (which it does not have)
are written out below from PyTorch 2.14's documentation.
"""

import base64
import gzip
import json
import math
import pathlib
import sys

import torch
from torch import nn, optim
from torch.optim import lr_scheduler as lrs

torch.set_num_threads(1)
STEPS, BATCH, MAX_NORM = 60, 64, 0.5

data = pathlib.Path(__file__).parents[2] / "lib" / "nn" / "data" / "digits.bin.gz"
rows = torch.frombuffer(bytearray(gzip.decompress(data.read_bytes())), dtype=torch.uint8)
rows = rows.reshape(-1, 65)
target = rows[:, 64].long()


class Handmade(optim.Optimizer):
    def __init__(self, params, **options):
        super().__init__(params, options)

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for p in group["params"]:
                self.update(p, p.grad, self.state[p], group)


class NAdam(Handmade):
    def update(self, p, g, s, o):
        if not s:
            s.update(t=0, product=1.0, m=torch.zeros_like(p), v=torch.zeros_like(p))
        s["t"] += 1
        b1, b2 = o["betas"]
        mu = b1 * (1 - 0.5 * 0.96 ** (s["t"] * o["psi"]))
        mu_next = b1 * (1 - 0.5 * 0.96 ** ((s["t"] + 1) * o["psi"]))
        # PyTorch keeps this product in float32 whatever the type of the parameter.
        s["product"] = torch.tensor(s["product"]).mul(mu).item()
        s["m"].lerp_(g, 1 - b1)
        s["v"].mul_(b2).addcmul_(g, g, value=1 - b2)
        d = (s["v"] / (1 - b2 ** s["t"])).sqrt() + o["eps"]
        p.addcdiv_(g, d, value=-o["lr"] * (1 - mu) / (1 - s["product"]))
        p.addcdiv_(s["m"], d, value=-o["lr"] * mu_next / (1 - s["product"] * mu_next))


class Adafactor(Handmade):
    def update(self, p, g, s, o):
        t = s["t"] = s.get("t", 0) + 1
        eps1, eps2 = torch.finfo(p.dtype).eps, 1e-3
        w = t**-0.8
        alpha = max(eps2, p.norm().item() / p.numel() ** 0.5) * min(o["lr"], 1 / t**0.5)
        mean = lambda name, x: s.setdefault(name, torch.zeros_like(x)).lerp_(x, w)
        if p.dim() == 2:
            row = mean("row", g.square().mean(1, keepdim=True))
            col = mean("col", g.square().mean(0, keepdim=True))
            v = row @ col / row.mean().clamp(min=eps1)
        else:
            v = mean("v", g.square())
        u = v.clamp(min=eps1**2).rsqrt() * g
        p.add_(u, alpha=-alpha / max(1, u.norm().item() / u.numel() ** 0.5))


class Muon(Handmade):
    def update(self, p, g, s, o):
        buf = s.setdefault("buf", torch.zeros_like(p)).lerp_(g, 1 - 0.95)
        # Sums in float32, every result rounded to bfloat16: matmul of bfloat16 in 1.13 rounds otherwise.
        bf = lambda x: x.bfloat16().float()
        u = bf(g.lerp(buf, 0.95))
        tall = u.size(0) > u.size(1)
        u = u.T if tall else u
        u = bf(u / bf(u.norm()).clamp(min=1e-7))
        for _ in range(5):
            gram = bf(u @ u.T)
            gram_update = bf(-4.7750 * gram + 2.0315 * (gram @ gram))
            u = bf(3.4445 * u + gram_update @ u)
        u = u.T if tall else u
        p.mul_(1 - o["lr"] * 0.1)
        p.add_(u, alpha=-o["lr"] * math.sqrt(max(1, p.size(0) / p.size(1))))


cosine = lambda o: lrs.CosineAnnealingLR(o, STEPS)
stairs = lambda o: lrs.StepLR(o, 20, gamma=0.5)
cycle = lambda o: lrs.OneCycleLR(o, max_lr=0.5, total_steps=STEPS)
falling = lambda o: lrs.ExponentialLR(o, 0.97)
warm = lambda o: lrs.LinearLR(o, 0.1, total_iters=10)
runs = {
    "SGD": (lambda p: optim.SGD(p, lr=0.1, momentum=0.9, nesterov=True, weight_decay=1e-4), cycle),
    "Adagrad": (lambda p: optim.Adagrad(p, lr=0.05), stairs),
    "Adadelta": (lambda p: optim.Adadelta(p, lr=1.0), cosine),
    "RMSprop": (lambda p: optim.RMSprop(p, lr=0.005, momentum=0.5, centered=True), warm),
    "Adam": (lambda p: optim.Adam(p, lr=0.01, amsgrad=True), cosine),
    "AdamW": (lambda p: optim.AdamW(p, lr=0.01), warm),
    "Adamax": (lambda p: optim.Adamax(p, lr=0.02), falling),
    "NAdam": (lambda p: NAdam(p, lr=0.01, betas=(0.9, 0.999), eps=1e-8, psi=4e-3), stairs),
    "RAdam": (lambda p: optim.RAdam(p, lr=0.05), cosine),
    "Rprop": (lambda p: optim.Rprop(p, lr=0.001, step_sizes=(1e-6, 0.02)), falling),
    "ASGD": (lambda p: optim.ASGD(p, lr=0.5, t0=30), falling),
    "Adafactor": (lambda p: Adafactor(p, lr=0.05), falling),
    "Muon": (lambda p: Muon([x for x in p if x.dim() == 2], lr=0.05), cosine),
    "LBFGS": (lambda p: optim.LBFGS(p, lr=1, max_iter=4, line_search_fn="strong_wolfe"), falling),
    "SparseAdam": (lambda p: optim.SparseAdam(p, lr=0.01), stairs),
}

generator = torch.Generator().manual_seed(2024)
uniform = lambda shape, bound: (
    torch.rand(shape, generator=generator, dtype=torch.float64) * 2 - 1
) * bound
start = [
    uniform((32, 64), 64**-0.5),
    uniform((32,), 64**-0.5),
    uniform((10, 32), 32**-0.5),
    uniform((10,), 32**-0.5),
]


def network(dtype):
    model = nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10)).to(dtype)
    with torch.no_grad():
        for p, x in zip(model.parameters(), start):
            p.copy_(x)
    images = rows[:, :64].to(dtype) / 16
    return model, lambda places: model(images[places])


def table(dtype):
    model = nn.Embedding(64 * 17, 10, sparse=True).to(dtype)
    nn.init.zeros_(model.weight)
    entries = rows[:, :64].long() + torch.arange(64) * 17
    return model, lambda places: model(entries[places]).sum(1)


def train(name, dtype):
    make, schedule = runs[name]
    model, logits = (table if name == "SparseAdam" else network)(dtype)
    optimizer = make(list(model.parameters()))
    scheduler = schedule(optimizer)
    losses, clipped = [], 0

    def closure():
        nonlocal clipped
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(logits(places), target[places])
        loss.backward()
        if name != "SparseAdam":
            clipped += int(nn.utils.clip_grad_norm_(model.parameters(), MAX_NORM) > MAX_NORM)
        return loss

    for k in range(10 if name == "LBFGS" else STEPS):
        if name == "LBFGS":
            places = torch.arange(256)
            loss = optimizer.step(closure)
        else:
            places = (torch.arange(BATCH) + k * BATCH) % len(rows)
            loss = closure()
            optimizer.step()
        scheduler.step()
        losses.append(loss.item())
    places = torch.arange(len(rows))
    right = int((logits(places).argmax(1) == target).sum())
    return {"losses": losses, "clipped": clipped, "right": right}


golden = {
    "format": 1,
    "kind": "digits",
    "torch": torch.__version__,
    "steps": STEPS,
    "batch": BATCH,
    "maxNorm": MAX_NORM,
    "start": [base64.b64encode(x.numpy().tobytes()).decode() for x in start],
    "runs": {
        name: {"float32": train(name, torch.float32), "float64": train(name, torch.float64)}
        for name in runs
    },
}
json.dump(golden, sys.stdout)
print()
