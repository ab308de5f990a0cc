"""Records what PyTorch's functions for networks give: values, and gradients of their inputs.

    python3 test/golden/nn.py > test/golden/nn.json

Every case: the inputs (float64, nested lists), the result, and the gradient of each input when the
result is weighted by 1, 2, 3, ... and summed.
"""

import json
import sys

import torch
import torch.nn.functional as F

torch.manual_seed(0)
r = lambda *shape: torch.randn(*shape, dtype=torch.float64)
t = torch.tensor

CLASSES = t([1, 0, 3])
weight = t([0.5, 2.0, 1.0, 0.25], dtype=torch.float64)
cases = {
    "relu": (F.relu, r(2, 3)),
    "gelu": (F.gelu, r(2, 3)),
    "gelu tanh": (lambda x: F.gelu(x, approximate="tanh"), r(2, 3)),
    "silu": (F.silu, r(2, 3)),
    "leaky_relu": (lambda x: F.leaky_relu(x, 0.1), r(2, 3)),
    "softmax": (lambda x: F.softmax(x, 1), r(2, 3)),
    "log_softmax 0": (lambda x: F.log_softmax(x, 0), r(2, 3)),
    "linear": (F.linear, r(2, 3), r(4, 3), r(4)),
    "linear 3-D": (F.linear, r(2, 2, 3), r(4, 3), r(4)),
    "embedding": (lambda w: F.embedding(t([[1, 3], [1, 0]]), w), r(4, 2)),
    "embedding padding": (lambda w: F.embedding(t([[1, 3], [1, 0]]), w, padding_idx=1), r(4, 2)),
    "mse_loss": (F.mse_loss, r(2, 3), r(2, 3)),
    "mse_loss sum": (lambda x, y: F.mse_loss(x, y, reduction="sum"), r(2, 3), r(2, 3)),
    "mse_loss none": (lambda x, y: F.mse_loss(x, y, reduction="none"), r(2, 3), r(2, 3)),
    "l1_loss": (F.l1_loss, r(2, 3), r(2, 3)),
    "bce": (lambda x: F.binary_cross_entropy_with_logits(x, t([0.0, 1, 1]).double()), r(3)),
    "nll_loss": (lambda x: F.nll_loss(x, CLASSES), r(3, 4)),
    "cross_entropy": (lambda x: F.cross_entropy(x, CLASSES), r(3, 4)),
    "cross_entropy sum": (lambda x: F.cross_entropy(x, CLASSES, reduction="sum"), r(3, 4)),
    "cross_entropy none": (lambda x: F.cross_entropy(x, CLASSES, reduction="none"), r(3, 4)),
    "cross_entropy weight": (lambda x: F.cross_entropy(x, CLASSES, weight), r(3, 4)),
    "cross_entropy ignore": (lambda x: F.cross_entropy(x, CLASSES, ignore_index=0), r(3, 4)),
    "cross_entropy smooth": (lambda x: F.cross_entropy(x, CLASSES, label_smoothing=0.1), r(3, 4)),
    "cross_entropy all": (
        lambda x: F.cross_entropy(x, CLASSES, weight, ignore_index=0, label_smoothing=0.1),
        r(3, 4),
    ),
    "cross_entropy one": (lambda x: F.cross_entropy(x, t(2)), r(4)),
    "cross_entropy images": (lambda x: F.cross_entropy(x, t([[1, 0], [2, 2]])), r(2, 3, 2)),
    "norm": (lambda x: torch.norm(x, 2, 1), r(2, 3)),
    "max": (lambda x: x.max(1).values, r(2, 3)),
    "clamp": (lambda x: x.clamp(-0.5, 0.5), r(2, 3)),
    "pow": (lambda x: x.pow(3), r(2, 3)),
    "matmul batched": (torch.matmul, r(2, 1, 2, 3), r(4, 3, 2)),
}


def record(name, fn, *inputs):
    inputs = [x.clone().requires_grad_() for x in inputs]
    result = fn(*inputs)
    weights = torch.arange(1, result.numel() + 1, dtype=torch.float64).reshape(result.shape)
    (result * weights).sum().backward()
    return {
        "name": name,
        "inputs": [x.tolist() for x in inputs],
        "result": result.tolist(),
        "grads": [x.grad.tolist() for x in inputs],
    }


golden = {
    "format": 1,
    "kind": "nn",
    "torch": torch.__version__,
    "cases": [record(name, *case) for name, case in cases.items()],
}
json.dump(golden, sys.stdout)
print()
