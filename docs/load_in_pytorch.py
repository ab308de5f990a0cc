"""Read a checkpoint that Downhill saved, in PyTorch.

    from load_in_pytorch import load

    state = load("model.safetensors")
    model.load_state_dict(state["model"])
    optimizer.load_state_dict(state["optimizer"])

It needs PyTorch and nothing else. The safetensors package reads the same file too, but sees only
the tensors: which of them belongs where, the numbers and the texts are JSON in the file's metadata,
and this script puts everything back. A safetensors file from elsewhere gives a dict of its tensors.

Called with a file it prints what is inside:  python load_in_pytorch.py model.safetensors
"""

import json
import struct
import sys

import torch

STATE = "downhill.state_dict"

DTYPES = {
    "BOOL": "bool",
    "U8": "uint8",
    "I8": "int8",
    "I16": "int16",
    "U16": "uint16",
    "F16": "float16",
    "BF16": "bfloat16",
    "I32": "int32",
    "U32": "uint32",
    "F32": "float32",
    "F64": "float64",
    "I64": "int64",
    "U64": "uint64",
}


def load(path):
    """The state that was given to Downhill's save(path, state)."""
    with open(path, "rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(length))
        data = bytearray(file.read())
    metadata = header.pop("__metadata__", {})
    tensors = {name: read_tensor(info, data) for name, info in header.items()}
    if STATE not in metadata:
        return tensors
    return restore(json.loads(metadata[STATE]), tensors)


def read_tensor(info, data):
    dtype = getattr(torch, DTYPES[info["dtype"]])
    begin, end = info["data_offsets"]
    if begin == end:
        return torch.empty(info["shape"], dtype=dtype)
    count = 1
    for size in info["shape"]:
        count *= size
    flat = torch.frombuffer(data, dtype=dtype, count=count, offset=begin)
    return flat.reshape(info["shape"]).clone()


def restore(value, tensors):
    """Python's values from JSON; an object with a "$" key stands for what JSON cannot say."""
    if isinstance(value, list):
        return [restore(item, tensors) for item in value]
    if not isinstance(value, dict):
        return value
    if "$tensor" in value:
        tensor = tensors[value["$tensor"]]
        return tensor.requires_grad_() if value.get("requires_grad") else tensor
    if "$tuple" in value:
        return tuple(restore(item, tensors) for item in value["$tuple"])
    if "$size" in value:
        return torch.Size(value["$size"])
    if "$set" in value:
        return set(restore(item, tensors) for item in value["$set"])
    if "$int" in value:
        return int(value["$int"])
    if "$float" in value:
        return float(value["$float"])
    if "$dict" in value:
        pairs = value["$dict"]
        return {restore(key, tensors): restore(item, tensors) for key, item in pairs}
    return {key: restore(item, tensors) for key, item in value.items()}


def outline(value, indent=""):
    """Lines that say what a state holds, without the elements of its tensors."""
    if isinstance(value, torch.Tensor):
        return [f"{str(value.dtype)[6:]} {list(value.shape)}"]
    if not isinstance(value, dict):
        return [repr(value)]
    lines = [""]
    for key, item in value.items():
        first, *rest = outline(item, indent + "  ")
        lines += [f"{indent}{key}: {first}", *rest]
    return lines


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python load_in_pytorch.py model.safetensors")
    print("\n".join(outline(load(sys.argv[1]))).strip())
