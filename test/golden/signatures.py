"""Records the parameters of PyTorch's schedulers, averaging, clipping and scaling, with their defaults.

    python3 test/golden/signatures.py > test/golden/signatures.json

A parameter that has no default is "required".
"""

import inspect
import json
import sys

import torch
from torch.nn import utils
from torch.optim import lr_scheduler, swa_utils

CLIPPING = ["clip_grad_norm_", "clip_grad_value_", "clip_grads_with_norm_", "get_total_norm"]


def signature(fn):
    return {
        name: "required" if p.default is inspect.Parameter.empty else p.default
        for name, p in inspect.signature(fn).parameters.items()
    }


def public(module):
    found = {n: getattr(module, n) for n in sorted(module.__all__)}
    return {n: signature(f) for n, f in found.items()}


golden = {
    "format": 1,
    "kind": "signatures",
    "torch": torch.__version__,
    "lr_scheduler": public(lr_scheduler),
    "swa_utils": public(swa_utils),
    "others": {
        **{name: signature(getattr(utils, name)) for name in CLIPPING},
        "GradScaler": signature(torch.amp.GradScaler),
        "autocast": signature(torch.autocast),
    },
}
json.dump(golden, sys.stdout, indent=1)
print()
