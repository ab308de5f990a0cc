/** Files that PyTorch wrote, read whole; and training that goes on from them, bit for bit. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { fromRoot } from "../../root.ts";
import { tensor, type Tensor } from "../../lib/autograd/index.ts";
import {
  BFloat16Tensor,
  CheckpointError,
  IntegerTensor,
  load,
  parse,
  serialize,
  Size,
  Tuple,
} from "../../lib/checkpoint/index.ts";
import * as optim from "../../lib/optim/index.ts";

const golden = (name: string) => fromRoot("test", "golden", "checkpoints", name);

interface Recorded {
  class: string;
  shapes: number[][];
  names: string[];
  kwargs: object;
  groups: { params: number[] }[];
  grads: string[][];
  at5: string[];
  final: string[];
}

interface Saved {
  model: Record<string, Tensor>;
  optimizer: optim.StateDict<object>;
  epoch: number;
  note: string;
}

const { cases } = JSON.parse(readFileSync(golden("checkpoints.json"), "utf8")) as {
  cases: Record<string, Recorded>;
};

function floats(base64: string): Float32Array {
  return new Float32Array(new Uint8Array(Buffer.from(base64, "base64")).buffer);
}

/** NaN equals NaN by its bits, and 0 is not -0. */
const bits = (data: Float32Array) => new Uint32Array(data.buffer, data.byteOffset, data.length);

function sameBits(actual: Tensor, expected: string, what: string): void {
  assert.equal(bits(actual.data as Float32Array), bits(floats(expected)), what);
}

for (const [name, recorded] of Object.entries(cases)) {
  test(`${name}.pt holds what was recorded`, () => {
    const saved = load<Saved>(golden(`${name}.pt`));
    assert.equal(Object.keys(saved), ["model", "optimizer", "epoch", "note"]);
    assert.is(saved.epoch, 5);
    assert.is(saved.note, "中文 note");
    assert.equal(Object.keys(saved.model), recorded.names);
    Object.values(saved.model).forEach((param, i) => {
      assert.equal(param.shape, recorded.shapes[i]);
      assert.ok(param.requires_grad);
      sameBits(param, recorded.at5[i]!, recorded.names[i]!);
    });
    const { state, param_groups } = saved.optimizer;
    assert.equal(Object.keys(state), ["0", "1", "2"]);
    for (const [i, values] of Object.entries(state)) {
      for (const [key, value] of Object.entries(values)) {
        const { shape } = value as Tensor;
        if (shape.length > 0) assert.equal(shape, recorded.shapes[Number(i)], key);
        else assert.ok(["step", "eta", "mu", "mu_product"].includes(key), key);
      }
    }
    recorded.groups.forEach((group, i) => {
      const expected = { ...recorded.kwargs, ...group };
      for (const [key, value] of Object.entries(expected)) {
        const actual: unknown = Reflect.get(param_groups[i]!, key);
        assert.equal(Array.isArray(actual) ? [...actual] : actual, value, key);
      }
    });
  });
}

type AnyOptimizer = new (groups: object[], options: object) => optim.Optimizer<object>;

const optimizers = optim as unknown as Record<string, AnyOptimizer | undefined>;

/** A new optimizer over these parameters, as the recorded run made it. */
function build(recorded: Recorded, params: Tensor[]): optim.Optimizer<object> {
  const groups = recorded.groups.map((group) => ({
    ...group,
    params: group.params.map((i) => params[i]!),
  }));
  return new optimizers[recorded.class]!(groups, recorded.kwargs);
}

const copy = ({ data, shape }: Tensor) => tensor(data, { shape, requires_grad: true });

for (const [name, recorded] of Object.entries(cases)) {
  test(`${name}: 5 more steps equal PyTorch's, also through a file of ours`, async () => {
    let saved = load<Saved>(golden(`${name}.pt`));
    for (const [step, grads] of recorded.grads.slice(5).entries()) {
      const params = Object.values(saved.model).map(copy);
      const optimizer = build(recorded, params);
      optimizer.load_state_dict(saved.optimizer);
      params.forEach((param, i) => {
        param.grad = tensor(floats(grads[i]!), { shape: param.shape });
      });
      optimizer.step();
      const model = Object.fromEntries(recorded.names.map((key, i) => [key, params[i]!]));
      const state = { ...saved, model, optimizer: optimizer.state_dict() };
      // Every other step goes on from bytes, the rest from what state_dict() returned.
      saved = step % 2 === 0 ? parse<Saved>(await serialize(state)) : state;
    }
    Object.values(saved.model).forEach((param, i) => {
      sameBits(param, recorded.final[i]!, recorded.names[i]!);
    });
  });
}

const range = (size: number) => Float32Array.from({ length: size }, (_, i) => i);

test("kinds.pt: views, dtypes, a 0-d and an empty tensor, containers, a big integer", () => {
  const kinds = load<{
    [key: string]: Tensor;
    views: Tensor[] & Tensor;
    nested: Tensor;
  }>(golden("kinds.pt"));
  const { views, f16, bf16, i64, u8, bool, scalar, empty, nested, ...others } = kinds;
  assert.equal(others, {});
  const x = tensor(range(24), { shape: [4, 6] });
  const expected = [
    x,
    tensor(range(18).slice(6), { shape: [2, 6] }),
    x.transpose(),
    tensor(
      range(12).map((i) => 2 * i),
      { shape: [4, 3] },
    ),
  ];
  assert.equal(views.length, 4);
  expected.forEach((view, i) => {
    assert.equal(views[i]!.shape, view.shape);
    assert.equal(views[i]!.data, view.data);
  });
  assert.is(views[0]!.data.buffer, views[1]!.data.buffer, "views share memory");
  assert.instance(bf16, BFloat16Tensor);
  assert.equal([f16!.dtype, bf16!.dtype], ["float16", "float32"]);
  for (const half of [f16, bf16]) {
    assert.equal([half!.shape, [...half!.data]], [[4, 6], [...range(24)]]);
  }
  assert.equal(i64, new IntegerTensor("int64", BigInt64Array.of(1n, -2n, 1n << 40n), [3]));
  assert.equal(u8, new IntegerTensor("uint8", Uint8Array.of(0, 255), [2]));
  assert.equal(bool, new IntegerTensor("bool", Uint8Array.of(1, 0), [2]));
  assert.equal([scalar!.shape, scalar!.item()], [[], 3.5]);
  assert.equal([empty!.shape, empty!.size], [[0, 3], 0]);
  assert.equal(nested, {
    a: [1, Tuple.of<unknown>(2.5, null, true)],
    7: "int key",
    big: 2n ** 70n,
  });
});

test("legacy.pt: the format from before the zip container", () => {
  const { w, ...others } = load<Record<string, Tensor>>(golden("legacy.pt"));
  assert.equal(others, {});
  assert.equal([w!.shape, w!.data], [[4, 6], range(24)]);
});

for (const [file, name] of [
  ["evil.pt", /refused: posix\.system\./],
  ["whole_module.pt", /refused: torch\.nn\.modules\.linear\.Linear\./],
] as const) {
  test(`${file} is refused by name, and nothing runs`, () => {
    assert.throws(
      () => load(golden(file)),
      (error: unknown) =>
        error instanceof CheckpointError &&
        name.test(error.message) &&
        error.message.includes(file),
    );
    assert.throws(() => readFileSync(join(process.cwd(), "evil_executed")), /ENOENT/);
  });
}

for (const file of ["protocol2", "protocol3", "protocol4", "protocol5", "protocol2-legacy"]) {
  test(`${file}.pt of PyTorch 1.13.1: everything a state dict may hold`, () => {
    const more = load<Record<string, never>>(golden(`${file}.pt`));
    const { module, parameter, tied, halves, expanded, integers, ...rest } = more as unknown as {
      [key: string]: unknown;
      module: Record<string, Tensor>;
      parameter: Tensor;
      tied: Tensor[];
      halves: Tensor[];
      expanded: Tensor;
      integers: IntegerTensor[];
    };
    assert.equal([...module.weight!.data, ...module.bias!.data], [0.5, -2, 0.25]);
    assert.is(module.weight!.requires_grad, false);
    assert.is(parameter.requires_grad, true);
    assert.is(parameter.data.buffer, module.weight!.data.buffer, "one storage");
    assert.is(tied[0], tied[1], "the same tensor twice");
    assert.equal(tied[0]!.data, Float64Array.of(0, 1, 2, 3));
    assert.equal(
      halves.map(({ data }) => [...data]),
      [
        [0, 1],
        [2, 3],
      ],
    );
    assert.is(halves[1]!.data.buffer, tied[0]!.data.buffer, "views share memory");
    assert.equal(
      [expanded.shape, [...expanded.data]],
      [
        [2, 3],
        [7, 7, 7, 7, 7, 7],
      ],
    );
    assert.equal(integers, [
      new IntegerTensor("int8", Int8Array.of(1, -1), [2]),
      new IntegerTensor("int16", Int16Array.of(1, -1), [2]),
      new IntegerTensor("int32", Int32Array.of(1, -1), [2]),
    ]);
    const { "odd float16": f16, "odd bfloat16": bf16, ...plain } = rest as Record<string, Tensor>;
    assert.equal(
      [...bits(f16!.data as Float32Array)],
      [0x7fc02000, 0xff800000, 0x80000000, 0x33800000, 0xb87fc000, 0x477fe000],
    );
    assert.equal([...bits(bf16!.data as Float32Array)], [0x7fc10000, 0x00010000]);
    assert.equal(plain as unknown, {
      size: Size.of(2, 3),
      set: new Set([1, 2]),
      milestones: { 30: 1, 80: 2 },
      ordered: { b: 1, a: 2 },
      keys: new Map<unknown, string>([
        [-1, "minus"],
        ["0", "text"],
        [true, "true"],
        [null, "none"],
        [2.5, "float"],
      ]),
      numbers: [
        ...[0, -1, 255, 256, 65536, -(2 ** 31), 2 ** 53 - 1],
        ...[2n ** 53n, -(2n ** 64n), 0.1, Infinity],
      ],
      "long text": "山".repeat(100),
      long: Array.from({ length: 1500 }, (_, i) => i),
    });
  });
}

test.run();
