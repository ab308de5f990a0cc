"""Steps of PyTorch's optimizers, on request: a line of JSON in, a line of JSON out."""

import json
import sys
import time

import torch

PATHS = {
    "for-loop": {"foreach": False, "fused": False},
    "foreach": {"foreach": True, "fused": False},
    "fused": {"foreach": False, "fused": True},
}

made = {}


def make(id, optimizer, path, options, tensors, elements):
    gradient = torch.sin(torch.arange(elements, dtype=torch.float32))
    params = [torch.ones(elements, requires_grad=True) for _ in range(tensors)]
    for param in params:
        param.grad = gradient.clone()
    made[id] = getattr(torch.optim, optimizer)(params, **options, **PATHS[path])
    made[id].step()


def run(id, threads, times):
    torch.set_num_threads(threads)
    optimizer = made[id]
    start = time.perf_counter()
    for _ in range(times):
        optimizer.step()
    return (time.perf_counter() - start) * 1000 / times


def free(id):
    made.pop(id, None)


def answer(request):
    try:
        return {"value": {"make": make, "run": run, "free": free}[request.pop("call")](**request)}
    except Exception as error:
        return {"error": f"{type(error).__name__}: {error}"}


capability = torch.backends.cpu.get_cpu_capability() if hasattr(torch.backends, "cpu") else ""
print(json.dumps({"value": f"{torch.__version__} {capability}".strip()}), flush=True)
for line in sys.stdin:
    print(json.dumps(answer(json.loads(line))), flush=True)
