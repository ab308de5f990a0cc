"""Records what PyTorch's BatchNorm1d and update_bn do: results, gradients, running statistics.

    /usr/bin/python3 test/golden/batch_norm.py > test/golden/batch_norm.json

Everything is float64, as nested lists. Each result is weighted by 1, 2, 3, ... and summed for the
gradients.
"""

import json
import sys

import torch
from torch import nn
from torch.optim.swa_utils import update_bn

torch.manual_seed(0)
torch.set_default_dtype(torch.float64)

CASES = {
    "default": ({}, [(4, 3), (5, 3), (2, 3)]),
    "momentum": ({"momentum": 0.3, "eps": 1e-3}, [(4, 3), (5, 3)]),
    "cumulative": ({"momentum": None}, [(4, 3), (5, 3), (6, 3)]),
    "plain": ({"affine": False}, [(4, 3), (3, 3)]),
    "untracked": ({"track_running_stats": False}, [(4, 3), (3, 3)]),
    "sequences": ({}, [(2, 3, 4), (1, 3, 5)]),
}


def lists(tensor):
    return None if tensor is None else tensor.tolist()


def pass_through(layer, shape):
    x = torch.randn(shape).mul(3).add(1).requires_grad_()
    layer.zero_grad()
    y = layer(x)
    weights = torch.arange(1.0, y.numel() + 1).reshape(y.shape)
    (y * weights).sum().backward()
    return {
        "input": lists(x.detach()),
        "output": lists(y.detach()),
        "grad": lists(x.grad),
        "parameterGrads": [lists(p.grad) for p in layer.parameters()],
        "running_mean": lists(layer.running_mean),
        "running_var": lists(layer.running_var),
        "batches": None if layer.num_batches_tracked is None else int(layer.num_batches_tracked),
    }


def record(options, shapes):
    layer = nn.BatchNorm1d(3, **options)
    parameters = [lists(nn.init.uniform_(p).detach()) for p in layer.parameters()]
    training = [pass_through(layer, shape) for shape in shapes]
    layer.eval()
    return {
        "options": options,
        "parameters": parameters,
        "training": training,
        "evaluation": pass_through(layer, shapes[0]),
    }


def record_update_bn():
    model = nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3, momentum=0.2), nn.ReLU())
    model.eval()
    batches = [torch.randn(n, 2) for n in (4, 6, 3)]
    update_bn([(batch, None) for batch in batches], model)
    return {
        "weight": lists(model[0].weight.detach()),
        "bias": lists(model[0].bias.detach()),
        "batches": [lists(batch) for batch in batches],
        "running_mean": lists(model[1].running_mean),
        "running_var": lists(model[1].running_var),
        "count": int(model[1].num_batches_tracked),
        "momentum": model[1].momentum,
        "training": model.training,
    }


golden = {
    "format": 1,
    "kind": "batch_norm",
    "torch": torch.__version__,
    "cases": {name: record(*case) for name, case in CASES.items()},
    "update_bn": record_update_bn(),
}
json.dump(golden, sys.stdout)
print()
