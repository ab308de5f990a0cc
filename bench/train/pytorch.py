"""Trains on request: a line of JSON in, a line of JSON out."""

import base64
import gzip
import json
import math
import sys
import time

import torch
from torch import nn

made = {}
rows = torch.empty(0, 65)


def load(digits):
    global rows
    data = gzip.decompress(base64.b64decode(digits))
    rows = torch.tensor(list(data), dtype=torch.uint8).reshape(-1, 65)


def make(id, sizes, batch, lr, betas, eps):
    layers = []
    for inputs, outputs in zip(sizes, sizes[1:]):
        layer = nn.Linear(inputs, outputs)
        weights = [math.sin(i) / math.sqrt(inputs) for i in range(inputs * outputs)]
        with torch.no_grad():
            layer.weight.copy_(torch.tensor(weights).reshape(inputs, outputs).t())
            layer.bias.zero_()
        layers += [layer, nn.ReLU()]
    model = nn.Sequential(*layers[:-1])
    whole = rows[: len(rows) // batch * batch].split(batch)
    data = [(part[:, :64].float() / 16, part[:, 64].long()) for part in whole]
    optimizer = torch.optim.Adam(model.parameters(), lr=lr, betas=betas, eps=eps)
    made[id] = [model, optimizer, data, 0]


def run(id, threads, steps):
    torch.set_num_threads(threads)
    model, optimizer, data, k = made[id]
    start = time.perf_counter()
    for _ in range(steps):
        images, labels = data[k % len(data)]
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(images), labels)
        loss.backward()
        optimizer.step()
        value = loss.item()
        k += 1
    made[id][3] = k
    return {"ms": (time.perf_counter() - start) * 1000 / steps, "loss": value}


def answer(request):
    try:
        return {"value": {"load": load, "make": make, "run": run}[request.pop("call")](**request)}
    except Exception as error:
        return {"error": f"{type(error).__name__}: {error}"}


print(json.dumps({"value": torch.__version__}), flush=True)
for line in sys.stdin:
    print(json.dumps(answer(json.loads(line))), flush=True)
