/**
 * Training begun here goes on in PyTorch: after 5 steps the state is saved, docs/load_in_pytorch.py
 * loads it into Debian's PyTorch 1.13.1, and 5 steps there end where PyTorch 2.14.1 ends.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { type Tensor, tensor } from "../../lib/autograd/index.ts";
import { save } from "../../lib/checkpoint/index.ts";
import * as optim from "../../lib/optim/index.ts";
import { fromRoot } from "../../root.ts";
import { pythonWith } from "../need.ts";
import { decode, differing } from "./golden.ts";

interface Recorded {
  class: string;
  shapes: number[][];
  names: string[];
  kwargs: object;
  groups: { params: number[] }[];
  initial: string[];
  grads: string[][];
  final: string[];
}
const file = fromRoot("test", "golden", "checkpoints", "checkpoints.json");
const { cases } = JSON.parse(readFileSync(file, "utf8")) as { cases: Record<string, Recorded> };

/** How far the end may be from 2.14.1's; 0: not one bit. */
const tolerances: Record<string, number> = {
  SGD: 0,
  Adagrad: 0,
  ASGD: 0,
  // 1.13 computes the averages of gradients by mul and add, 2.14.1 by lerp.
  AdamW: 1e-6,
  RMSprop: 1e-6,
  // 1.13 multiplies mu into the next momentum product twice: the state loads, the steps are others.
  NAdam: Infinity,
};

const python = pythonWith("torch");
const folder = mkdtempSync(join(tmpdir(), "downhill-torch-"));
test.after(() => rmSync(folder, { recursive: true }));

const script = `
import base64, json, sys
import torch
from load_in_pytorch import load

def go_on(name, recorded):
    saved = load(f"{folder}/{name}.safetensors")
    params = [saved["model"][key].detach().requires_grad_() for key in recorded["names"]]
    groups = [[params[i] for i in group["params"]] for group in recorded["groups"]]
    optimizer = getattr(torch.optim, recorded["class"])([{"params": p} for p in groups], lr=1)
    optimizer.load_state_dict(saved["optimizer"])
    for grads in recorded["grads"][5:]:
        for param, text in zip(params, grads):
            flat = torch.frombuffer(bytearray(base64.b64decode(text)), dtype=torch.float32)
            param.grad = flat.reshape(param.shape)
        optimizer.step()
    return [base64.b64encode(p.detach().numpy().tobytes()).decode() for p in params]

folder, file = sys.argv[1:]
with open(file) as opened:
    cases = json.load(opened)["cases"]
print(json.dumps({name: go_on(name, recorded) for name, recorded in cases.items()}))
`;

type Class = new (groups: object[], options: object) => optim.Optimizer<object>;
const classes = optim as unknown as Record<string, Class>;

/** The first five of the recorded steps, made here. */
function train(recorded: Recorded): { model: Record<string, Tensor>; optimizer: object } {
  const params = recorded.initial.map((text, i) =>
    tensor(decode(text, "float32"), { shape: recorded.shapes[i]!, requires_grad: true }),
  );
  const groups = recorded.groups.map((group) => ({
    ...group,
    params: group.params.map((i) => params[i]!),
  }));
  const optimizer = new classes[recorded.class]!(groups, recorded.kwargs);
  for (const grads of recorded.grads.slice(0, 5)) {
    params.forEach((param, i) => {
      param.grad = tensor(decode(grads[i]!, "float32"), { shape: param.shape });
    });
    optimizer.step();
  }
  const model = Object.fromEntries(recorded.names.map((name, i) => [name, params[i]!]));
  return { model, optimizer: optimizer.state_dict() };
}

/** Where the parameters end in PyTorch, by case. */
let ends: Record<string, string[]>;

if (python !== null) {
  test.before(async () => {
    for (const [name, recorded] of Object.entries(cases)) {
      await save(join(folder, `${name}.safetensors`), train(recorded));
    }
    const { status, stdout, stderr } = spawnSync(python, ["-c", script, folder, file], {
      // As 2.14.1 was recorded: without fused multiply-add.
      env: {
        ...process.env,
        PYTHONPATH: fromRoot("docs"),
        PYTHONDONTWRITEBYTECODE: "1",
        ATEN_CPU_CAPABILITY: "default",
      },
      encoding: "utf8",
      timeout: 120_000,
    });
    assert.is(status, 0, stderr);
    ends = JSON.parse(stdout) as typeof ends;
  });
}

for (const [name, recorded] of Object.entries(cases)) {
  const tolerance = tolerances[recorded.class]!;
  const where = tolerance === 0 ? "the same bits" : `within ${tolerance}`;
  (python ? test : test.skip)(`${name}: 5 steps here, 5 in PyTorch, ${where}`, () => {
    recorded.names.forEach((key, i) => {
      const actual = decode(ends[name]![i]!, "float32");
      const expected = decode(recorded.final[i]!, "float32");
      assert.ok(actual.every(Number.isFinite));
      if (tolerance === 0) assert.is(differing(actual, expected), 0, key);
      const worst = Math.max(...actual.map((x, k) => Math.abs(x - expected[k]!)));
      assert.ok(worst <= tolerance, `${key}: off by ${worst}`);
    });
  });
}

test.run();
