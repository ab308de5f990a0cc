/**
 * docs/load_in_pytorch.py reads what `save` writes, kind by kind. In place of PyTorch, which
 * checkpoint-torch.test.ts needs, the script meets a stand-in with the six names it uses.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { tensor } from "../../lib/autograd/index.ts";
import { IntegerTensor, load, save, Size, Tuple } from "../../lib/checkpoint/index.ts";
import { fromRoot } from "../../root.ts";
import { need } from "../need.ts";
import { safetensors } from "./checkpoint-files.ts";

const python3 = need("python3");
const folder = mkdtempSync(join(tmpdir(), "downhill-python-"));
test.after(() => rmSync(folder, { recursive: true }));

/** A tensor here is its repr: dtype, shape, elements as `struct` reads them. */
const standIn = `
import struct

class Size(tuple):
    def __repr__(self):
        return f"Size{tuple(self)}"

class Tensor:
    def __init__(self, dtype, shape, values):
        self.dtype, self.shape, self.values, self.grad = dtype, shape, values, ""
    def reshape(self, shape):
        return Tensor(self.dtype, shape, self.values)
    def clone(self):
        return self
    def requires_grad_(self):
        self.grad = " requires_grad"
        return self
    def __repr__(self):
        return f"<{self.dtype} {self.shape} {self.values}{self.grad}>"

formats = dict(bool="?", uint8="B", int8="b", int16="h", uint16="H", float16="e", int32="i",
               uint32="I", float32="f", float64="d", int64="q", uint64="Q")
globals().update({name: name for name in formats})

def frombuffer(buffer, dtype, count, offset):
    values = struct.unpack_from(f"<{count}{formats[dtype]}", buffer, offset)
    return Tensor(dtype, [count], list(values))

def empty(shape, dtype):
    return Tensor(dtype, shape, [])
`;

/** What Python prints of a file's state. */
function reprOf(path: string): string {
  writeFileSync(join(folder, "torch.py"), standIn);
  const code = `import sys; from load_in_pytorch import load; print(ascii(load(sys.argv[1])))`;
  const { status, stdout, stderr } = spawnSync(python3!, ["-c", code, path], {
    env: {
      ...process.env,
      PYTHONPATH: [folder, fromRoot("docs")].join(delimiter),
      PYTHONDONTWRITEBYTECODE: "1",
    },
    encoding: "utf8",
    timeout: 60_000,
  });
  assert.is(status, 0, stderr);
  return stdout.trim();
}

const states: [what: string, state: unknown, repr: string][] = [
  ["scalars", [null, true, 0, -5, 0.1, 1e300, "a"], "[None, True, 0, -5, 0.1, 1e+300, 'a']"],
  ["floats that JSON lacks", [NaN, Infinity, -Infinity, -0], "[nan, inf, -inf, -0.0]"],
  ["a big integer", 2n ** 70n, "1180591620717411303424"],
  [
    "a tuple, a size and a set",
    [Tuple.of(1, 2), Size.of(3), new Set([4])],
    "[(1, 2), Size(3,), {4}]",
  ],
  ["keys that only look like ints", { "-1": 1, "01": 2, "1.5": 3 }, "{'-1': 1, '01': 2, '1.5': 3}"],
  ["integer keys", { 0: "a", b: 1 }, "{0: 'a', 'b': 1}"],
  [
    "other keys",
    new Map<unknown, unknown>([
      ["0", 1],
      [null, 2],
      [-0.5, 3],
    ]),
    "{'0': 1, None: 2, -0.5: 3}",
  ],
  ["text", { 中文: "\ud83d\ude00" }, String.raw`{'\u4e2d\u6587': '\U0001f600'}`],
  [
    "tensors",
    {
      w: tensor(
        [
          [1, -2],
          [0.5, 4],
        ],
        { requires_grad: true },
      ),
      d: tensor(new Float64Array([0.1])),
      step: tensor(5),
      empty: tensor([], { shape: [0, 3] }),
      big: new IntegerTensor("int64", BigInt64Array.of(-(2n ** 63n), 1n), [2, 1]),
      flag: new IntegerTensor("bool", Uint8Array.of(1, 0), [2]),
    },
    "{'w': <float32 [2, 2] [1.0, -2.0, 0.5, 4.0] requires_grad>, 'd': <float64 [1] [0.1]>, " +
      "'step': <float32 [] [5.0]>, 'empty': <float32 [0, 3] []>, " +
      "'big': <int64 [2, 1] [-9223372036854775808, 1]>, 'flag': <bool [2] [True, False]>}",
  ],
];

for (const [what, state, repr] of states) {
  (python3 ? test : test.skip)(`Python reads ${what}`, async () => {
    const path = join(folder, "state.safetensors");
    await save(path, state);
    assert.is(reprOf(path), repr);
  });
}

(python3 ? test : test.skip)("Python reads a file without our metadata", () => {
  const path = join(folder, "plain.safetensors");
  const file = safetensors({ w: { dtype: "F16", shape: [2], data_offsets: [0, 4] } }, 4);
  file.set([0x00, 0x3c, 0x00, 0xc0], file.length - 4);
  writeFileSync(path, file);
  assert.is(reprOf(path), "{'w': <float16 [2] [1.0, -2.0]>}");
});

(python3 ? test : test.skip)("from PyTorch to here and back: the state is the same", async () => {
  const path = join(folder, "kinds.safetensors");
  await save(path, load(fromRoot("test", "golden", "checkpoints", "kinds.pt")));
  const repr = reprOf(path);
  assert.match(repr, "'i64': <int64 [3] [1, -2, 1099511627776]>");
  assert.match(repr, "7: 'int key', 'a': [1, (2.5, None, True)], 'big': 1180591620717411303424}");
});

test.run();
