"""Wrote the files protocol*.pt with PyTorch 1.13.1: python3 more.py"""

from collections import Counter, OrderedDict

import torch


def bits(*values):
    return torch.tensor(values).to(torch.int16)


layer = torch.nn.Linear(2, 1)
with torch.no_grad():
    layer.weight.copy_(torch.tensor([[0.5, -2.0]]))
    layer.bias.copy_(torch.tensor([0.25]))
tied = torch.arange(4, dtype=torch.float64)
state = {
    "module": layer.state_dict(),
    "parameter": layer.weight,
    "tied": [tied, tied],
    "halves": [tied[:2], tied[2:]],
    "expanded": torch.tensor([7.0]).expand(2, 3),
    "integers": [torch.tensor([1, -1], dtype=getattr(torch, f"int{n}")) for n in (8, 16, 32)],
    "odd float16": bits(0x7E01, 0xFC00, 0x8000, 0x0001, 0x83FF, 0x7BFF).view(torch.float16),
    "odd bfloat16": bits(0x7FC1, 0x0001).view(torch.bfloat16),
    "size": torch.Size([2, 3]),
    "set": {1, 2},
    "milestones": Counter({30: 1, 80: 2}),
    "ordered": OrderedDict([("b", 1), ("a", 2)]),
    "keys": {-1: "minus", "0": "text", True: "true", None: "none", 2.5: "float"},
    "numbers": [0, -1, 255, 256, 65536, -(2**31), 2**53 - 1, 2**53, -(2**64), 0.1, float("inf")],
    "long text": "山" * 100,
    "long": list(range(1500)),
}
for protocol in (2, 3, 4, 5):
    torch.save(state, f"protocol{protocol}.pt", pickle_protocol=protocol)
torch.save(state, "protocol2-legacy.pt", _use_new_zipfile_serialization=False)
