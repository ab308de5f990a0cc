"""Records what PyTorch computes in float16 on a CPU: single operations, and training in mixed precision.

    ATEN_CPU_CAPABILITY=default python3 test/golden/float16.py > test/golden/float16.json

It takes PyTorch 2.x: older ones cannot multiply float16 matrices on a CPU.

`rounding`: float32 numbers, and the float16 nearest to them. `cases`: inputs, result, and the gradient
of each input when the result is weighted by 1, 2, 3, ... (all float16). `runs`: the digits network
Linear(64, 16), ReLU, Linear(16, 10), from pixels / 16; batch k is the 32 images from number 32 k on.
The model runs in autocast; the loss is the cross-entropy of its logits as float32, which is what
autocast does on a GPU, times `factor`, and goes through GradScaler, clipping to a norm of
`factor`, and SGD with lr 0.5 / `factor` and momentum 0.9. Every step: the loss, whether the optimizer stepped, the scale after update(), and
the number of zeros among the gradients of the first layer.
"""

import base64
import gzip
import json
import pathlib
import sys

import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
torch.set_num_threads(1)
H = torch.float16
r = lambda *shape: torch.randn(*shape).to(H)
t = torch.tensor
small = lambda *shape: (torch.randn(*shape) * 1e-4).to(H)
bytes_of = lambda x: base64.b64encode(x.detach().contiguous().numpy().tobytes()).decode()
CLASSES = t([1, 0, 3])

cases = {
    "add": (torch.add, r(4, 5), r(4, 5)),
    "add broadcast": (torch.add, r(4, 5), r(5)),
    "add number": (lambda x: x + 0.1, r(20)),
    "sub": (torch.sub, r(4, 5), r(4, 5)),
    "mul": (torch.mul, r(4, 5), r(4, 5)),
    "mul small": (torch.mul, small(4, 5), small(4, 5)),
    "mul number": (lambda x: x * 3.3, r(20)),
    "div": (torch.div, r(4, 5), r(4, 5)),
    "overflow": (lambda x: x * 40000, r(20)),
    "neg": (torch.neg, r(5)),
    "abs": (torch.abs, r(5)),
    "sqrt": (lambda x: x.abs().sqrt(), r(20)),
    "exp": (torch.exp, r(20)),
    "log": (lambda x: x.abs().log(), r(20)),
    "pow": (lambda x: x.pow(3), r(20)),
    "relu": (F.relu, r(20)),
    "tanh": (torch.tanh, r(20)),
    "sigmoid": (torch.sigmoid, r(20)),
    "softmax": (lambda x: F.softmax(x, 1), r(3, 4)),
    "log_softmax": (lambda x: F.log_softmax(x, 1), r(3, 4)),
    "sum": (lambda x: x.sum(), r(3, 4)),
    "sum dim": (lambda x: x.sum(1), r(3, 40)),
    "mean": (lambda x: x.mean(), r(3, 4)),
    "mean of large": (lambda x: x.mean(), t([60000.0, 60000, 60000, 1]).to(H)),
    "matmul": (torch.matmul, r(3, 8), r(8, 5)),
    "linear": (F.linear, r(3, 8), r(5, 8), r(5)),
    "mse_loss": (F.mse_loss, r(3, 4), r(3, 4)),
    "cross_entropy": (lambda x: F.cross_entropy(x, CLASSES), r(3, 4)),
    "to float32": (lambda x: x.float(), r(5)),
    "meets float32": (lambda x: x * torch.linspace(0.1, 1, 5), r(5)),
}


def record(name, fn, *inputs):
    inputs = [x.clone().requires_grad_() for x in inputs]
    result = fn(*inputs)
    weights = torch.arange(1, result.numel() + 1).reshape(result.shape).to(result.dtype)
    result.backward(weights)
    show = lambda x: {"dtype": str(x.dtype)[6:], "shape": list(x.shape), "data": bytes_of(x.float())}
    return {
        "name": name,
        "inputs": [show(x) for x in inputs],
        "result": show(result),
        "grads": [show(x.grad) for x in inputs],
    }


words = torch.randint(-(2**31), 2**31 - 1, (1000,), dtype=torch.int64).to(torch.int32)
random = words.view(torch.float32)
near = torch.cat([torch.randn(100) * 10.0**e for e in range(-9, 6)])
sources = torch.cat([random[~random.isnan()], near])

data = pathlib.Path(__file__).parents[2] / "lib" / "nn" / "data" / "digits.bin.gz"
rows = torch.frombuffer(bytearray(gzip.decompress(data.read_bytes())), dtype=torch.uint8)
rows = rows.reshape(-1, 65)
images, target = rows[:, :64].float() / 16, rows[:, 64].long()
network = lambda: nn.Sequential(nn.Linear(64, 16), nn.ReLU(), nn.Linear(16, 10))
start = [p.detach() for p in network().parameters()]


def run(factor, steps, **options):
    model = network()
    with torch.no_grad():
        for p, s in zip(model.parameters(), start):
            p.copy_(s)
    opt = torch.optim.SGD(model.parameters(), lr=0.5 / factor, momentum=0.9)
    scaler = torch.amp.GradScaler("cpu", **options)
    log = []
    for k in range(steps):
        at = slice(32 * k, 32 * k + 32)
        opt.zero_grad()
        with torch.autocast("cpu", dtype=H):
            logits = model(images[at])
        loss = F.cross_entropy(logits.float(), target[at])
        scaler.scale(loss * factor).backward()
        zeros = int((model[0].weight.grad == 0).sum())
        scaler.unscale_(opt)
        norm = nn.utils.clip_grad_norm_(model.parameters(), factor)
        before = model[2].weight.detach().clone()
        scaler.step(opt)
        scaler.update()
        log.append(
            {
                "loss": loss.item(),
                "zeros": zeros,
                "norm": norm.item() if norm.isfinite() else None,
                "stepped": not torch.equal(before, model[2].weight),
                "scale": scaler.get_scale(),
            }
        )
    return {"factor": factor, "options": options, "log": log}


golden = {
    "format": 1,
    "kind": "float16",
    "torch": torch.__version__,
    "rounding": {"from": bytes_of(sources), "to": bytes_of(sources.to(H).float())},
    "cases": [record(name, *case) for name, case in cases.items()],
    "start": [bytes_of(s) for s in start],
    "runs": {
        # The usual way.
        "scaled": run(1, 24, init_scale=2.0**16, growth_interval=8),
        # Gradients so small that float16 loses them, without and with scaling.
        "tiny, not scaled": run(2.0**-20, 20, enabled=False),
        "tiny, scaled": run(2.0**-20, 20, init_scale=2.0**16, growth_interval=4),
        # A scale that is too large at first.
        "overflow": run(1, 24, init_scale=2.0**24, growth_interval=6),
    },
}
json.dump(golden, sys.stdout)
print()
