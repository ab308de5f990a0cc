"""Records what PyTorch's optimizers make of numbers that are none, or hardly any.

    ATEN_CPU_CAPABILITY=default python3 test/golden/odd.py > test/golden/odd.json

Zero, denormal, huge, infinite and NaN gradients and parameters, one kind for each element, four steps;
beside them parameters without elements and one of no dimension. The format of `classes` is that of
the other optimizer files, one file for each class.
"""

import base64
import json
import math
import sys

import torch

INF, NAN = math.inf, math.nan
# Each row: the parameter, then its gradients. `least` and `most` stand for the ends of the dtype.
KINDS = [
    (1, [0, 0, 0, 0]),
    (1, [-0.0, 0, -0.0, 0]),
    (1, ["least", "least", "least", "least"]),
    (1, ["least", "-least", "denormal", "-denormal"]),
    (1, [1, INF, 1, 1]),
    (1, [-1, 1, -INF, 1]),
    (1, [1, NAN, 1, 1]),
    (1, ["most", "most", "most", "most"]),
    (1, ["most", "-most", "most", "-most"]),
    (1, [1e-20, -1e-20, 1e-20, 1e-20]),
    (1, [INF, -INF, 0, 0]),
    ("denormal", [1e-3, 0, -1e-3, 0]),
    ("least", ["least", 0, "-least", 0]),
    (INF, [1, 0, -1, 1]),
    (-INF, [0, 0, 1, 1]),
    (NAN, [1, 0, 0, 1]),
    ("most", ["-most", "-most", "-most", "-most"]),
    (-0.0, [0, 0, 0, 0]),
    (0, [-0.0, -0.0, 1e-30, 0]),
]
CASES = {
    "SGD": [{}, dict(momentum=0.9, nesterov=True, weight_decay=0.1), dict(momentum=0.5, dampening=0.5, maximize=True)],
    "Adagrad": [{}, dict(lr_decay=0.1, weight_decay=0.1, initial_accumulator_value=0.5)],
    "Adadelta": [{}, dict(weight_decay=0.1, maximize=True)],
    "RMSprop": [{}, dict(centered=True, momentum=0.9, weight_decay=0.1)],
    "Adam": [{}, dict(amsgrad=True, weight_decay=0.1), dict(eps=0.0)],
    "AdamW": [{}, dict(amsgrad=True, maximize=True)],
    "Adamax": [{}, dict(weight_decay=0.1)],
    "NAdam": [{}, dict(weight_decay=0.1, decoupled_weight_decay=True)],
    "RAdam": [{}, dict(betas=(0.9, 0.3), weight_decay=0.1, decoupled_weight_decay=True)],
    "Rprop": [{}, dict(maximize=True)],
    "ASGD": [{}, dict(t0=1, weight_decay=0.1)],
}
STEPS = 4
bytes_of = lambda x: base64.b64encode(x.detach().contiguous().numpy().tobytes()).decode()


def number(value, dtype):
    if not isinstance(value, str):
        return value
    info, sign = torch.finfo(dtype), -1 if value[0] == "-" else 1
    ends = {"least": info.smallest_normal * info.eps, "denormal": info.smallest_normal / 3, "most": info.max}
    return sign * ends[value.lstrip("-")]


def inputs(dtype):
    column = lambda values: torch.tensor([number(v, dtype) for v in values], dtype=dtype)
    empty, scalar = torch.zeros(0, dtype=dtype), torch.zeros((), dtype=dtype)
    params = [column([p for p, _ in KINDS]), empty, empty.reshape(2, 0), scalar + 1]
    grads = [
        [column([g[k] for _, g in KINDS]), empty, empty.reshape(2, 0), scalar] for k in range(STEPS)
    ]
    return params, grads


def tagged(value):
    if isinstance(value, torch.Tensor):
        dtype = str(value.dtype)[6:]
        return {"t": "tensor", "dtype": dtype, "shape": list(value.shape), "data": bytes_of(value)}
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, (tuple, list)):
        return {"t": "tuple", "v": [tagged(v) for v in value]}
    return {"t": type(value).__name__, "v": value}


def run(name, which, start, grads, kwargs):
    params = [p.clone().requires_grad_() for p in start]
    opt = getattr(torch.optim, name)(params, **kwargs)
    snapshots = []
    for k in range(STEPS):
        for p, g in zip(params, grads[k]):
            p.grad = g.clone()
        opt.step()
        state = [{key: tagged(v) for key, v in opt.state.get(p, {}).items()} for p in params]
        snapshots.append({"step": k + 1, "params": [bytes_of(p) for p in params], "state": state})
    groups = [{k: tagged(v) for k, v in g.items() if k != "params"} for g in opt.param_groups]
    return {
        "name": " ".join([which, *(f"{k}={v}" for k, v in kwargs.items())]),
        "inputs": which,
        "kwargs": {k: list(v) if isinstance(v, tuple) else v for k, v in kwargs.items()},
        "groups": [{"params": [0, 1, 2, 3]}],
        "snapshots": snapshots,
        "paramGroups": groups,
    }


torch.set_num_threads(1)
made = {"float32": inputs(torch.float32), "float64": inputs(torch.float64)}
golden = {
    "format": 1,
    "kind": "odd",
    "torch": torch.__version__,
    "inputs": {
        dtype: {
            "dtype": dtype,
            "shapes": [list(p.shape) for p in params],
            "params": [bytes_of(p) for p in params],
            "grads": [[bytes_of(g) for g in step] for step in grads],
        }
        for dtype, (params, grads) in made.items()
    },
    "classes": {
        name: [run(name, dtype, *made[dtype], kwargs) for dtype in made for kwargs in options]
        for name, options in CASES.items()
    },
}
json.dump(golden, sys.stdout)
print()
