/** State of every kind survives a file; a save that fails or is killed leaves the old file. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import * as fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect, isDeepStrictEqual } from "node:util";
import { createContext, runInContext } from "node:vm";
import { build } from "esbuild";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { type Tensor, tensor } from "../../lib/autograd/index.ts";
import { sparse_coo_tensor } from "../../lib/autograd/sparse.ts";
import * as checkpoint from "../../lib/checkpoint/index.ts";
import { type Dtype, dtypes } from "../../lib/checkpoint/dtypes.ts";
import { narrowFloat16, widenFloat16 } from "../../lib/checkpoint/half.ts";
import { fromRoot } from "../../root.ts";
import { safetensors } from "./checkpoint-files.ts";

const { CheckpointError, IntegerTensor, load, parse, save, serialize, Size, Tuple } = checkpoint;

const folder = fs.mkdtempSync(join(tmpdir(), "downhill-checkpoint-"));
test.after(() => fs.rmSync(folder, { recursive: true }));

function nested(times: number): unknown {
  return Array.from({ length: times }).reduce((inner: unknown) => [inner], 1);
}

const roundTrip = async (state: unknown): Promise<unknown> => parse(await serialize(state));

const states: [what: string, state: unknown][] = [
  ["nothing", null],
  ["scalars", [true, false, 0, 1, -7, 0.1, 5e-324, 1e300, 2 ** 60]],
  ["text", ["", "中文 \ud83d\ude00 \u0000 \\"]],
  ["brackets after a quote", `"${"[".repeat(400)}`],
  ["floats that JSON lacks", [-0, NaN, Infinity, -Infinity]],
  ["big integers", [0n, -1n, 2n ** 53n, -(2n ** 200n)]],
  ["half of a surrogate pair", ["\ud800", { "\udc00": 1 }]],
  ["containers", [[], {}, new Set(), new Tuple(), new Size(), [[[]]], new Set<unknown>([1, "1"])]],
  [
    "tuples and sizes in each other",
    Tuple.of<unknown>(1, Tuple.of<unknown>(2, "3"), [Size.of(4, 5)]),
  ],
  ["an optimizer's integer keys", { state: { 0: { step: 1 }, 10: { step: 2 } } }],
  [
    "keys of every kind",
    new Map<unknown, unknown>([
      ["0", 1],
      [-1, 2],
      [1.5, 3],
      [null, 4],
      [true, 5],
    ]),
  ],
  [
    "more keys",
    new Map<unknown, unknown>([
      [NaN, 1],
      [2n ** 64n, 2],
      ["", 3],
      ["$tensor", 4],
    ]),
  ],
  ["keys that look like ours", { $tensor: "w", $dict: [], a: { $tuple: [] } }],
  ["keys of Object.prototype", { constructor: 1, toString: 2, hasOwnProperty: 3 }],
  ["__proto__", new Map<unknown, unknown>([["__proto__", { a: 1 }]])],
  ["100 containers in each other", nested(100)],
];

for (const [what, state] of states) {
  test(`round trip: ${what}`, async () => {
    const again = await roundTrip(state);
    // Node's comparison tells -0 from 0; uvu's does not.
    assert.ok(isDeepStrictEqual(again, state), inspect(again));
  });
}

const kinds: [name: string, data: checkpoint.IntegerTensor["data"]][] = [
  ["bool", Uint8Array.of(1, 0, 1)],
  ["uint8", Uint8Array.of(0, 255)],
  ["int8", Int8Array.of(-128, 127)],
  ["int16", Int16Array.of(-32768, 32767)],
  ["uint16", Uint16Array.of(65535)],
  ["int32", Int32Array.of(-(2 ** 31), 2 ** 31 - 1)],
  ["uint32", Uint32Array.of(2 ** 32 - 1)],
  ["int64", BigInt64Array.of(-(2n ** 63n), 2n ** 63n - 1n)],
  ["uint64", BigUint64Array.of(2n ** 64n - 1n)],
];

test("round trip: tensors of every dtype and shape, by their bits", async () => {
  const state = {
    f32: tensor(new Float32Array([0.1, -0, NaN, Infinity, 1e-45]), { requires_grad: true }),
    f64: tensor(new Float64Array([0.1, -0, NaN, 5e-324, Math.PI, 1]), { shape: [1, 2, 3] }),
    f16: tensor([0.1, -0, NaN, Infinity, 2 ** -24, -65504], { dtype: "float16" }),
    scalar: tensor(3.5),
    empty: tensor([], { shape: [3, 0, 2] }),
    integers: kinds.map(([name, data]) => new IntegerTensor(name, data, [data.length, 1])),
  };
  const again = (await roundTrip(state)) as typeof state;
  const bytesOf = ({ data }: { data: Tensor["data"] | checkpoint.IntegerTensor["data"] }) =>
    Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString("hex");
  for (const name of ["f32", "f64", "f16", "scalar", "empty"] as const) {
    assert.equal(bytesOf(again[name]), bytesOf(state[name]), name);
    assert.equal(again[name].shape, state[name].shape, name);
    assert.is(again[name].dtype, state[name].dtype, name);
    assert.is(again[name].requires_grad, state[name].requires_grad, name);
  }
  assert.equal(again.integers, state.integers);
});

test("each of the 65536 float16 keeps its bits when it is read and written", () => {
  const halves = Uint16Array.from({ length: 0x10000 }, (_, bits) => bits);
  assert.equal(narrowFloat16(widenFloat16(halves)), halves);
});

test("round trip: a tensor 100 containers deep", async () => {
  const deep = JSON.parse("[".repeat(100) + "]".repeat(100)) as unknown[];
  let inner = deep;
  while (inner.length > 0) inner = inner[0] as unknown[];
  inner.push(tensor([1]));
  assert.equal(((await roundTrip(deep)) as unknown[]).flat(Infinity).length, 1);
});

test("numbers that live on a device are fetched before they are saved", async () => {
  const x = tensor([0, 0]);
  const array = x.data;
  x.keepIn({
    name: "GPU",
    array,
    ahead: true,
    open: () => assert.unreachable("the numbers here are old") as never,
    replace() {},
    fetch: async () => array.set([1, 2]),
  });
  assert.equal([...((await roundTrip(x)) as Tensor).data], [1, 2]);
});

test("a tensor that is there twice is stored once; equal names do not collide", async () => {
  const [w, x] = [tensor([1]), tensor([2])];
  const state = { a: { b: w }, "a.b": x, again: w, __metadata__: tensor([3]) };
  const saved = await serialize(state);
  const again = parse<typeof state>(saved);
  assert.is(again.a.b, again.again);
  assert.equal(
    [again.a.b, again["a.b"], again.__metadata__].map((t) => t.item()),
    [1, 2, 3],
  );
  const text = Buffer.from(saved).toString("latin1");
  assert.match(text, /"a\.b":\{"dtype"/);
  assert.match(text, /"a\.b~2":\{"dtype"/);
});

test("the name of a tensor can be written in UTF-8, whatever its key", async () => {
  const saved = await serialize({ "\ud800": tensor([1]) });
  assert.equal([...parse<Record<string, Tensor>>(saved)["\ud800"]!.data], [1]);
  assert.match(new TextDecoder().decode(saved), '"\ufffd":{"dtype"');
});

const self: unknown[] = [];
self.push(self);

class Scheduler {}

const refused: [what: string, state: unknown, error: RegExp][] = [
  ["undefined", { group: [{ lr: undefined }] }, /value: undefined at group\.0\.lr\. .*use null/],
  ["a function", { lambda: () => 1 }, /value: function at lambda\. /],
  ["a symbol", [Symbol("x")], /value: symbol at 0\./],
  [
    "an object of a class",
    { scheduler: new Scheduler() },
    /value: Scheduler at scheduler\. .*state_dict/,
  ],
  ["a typed array", { x: new Float32Array(2) }, /value: Float32Array at x\. Save it as a tensor/],
  [
    "a sparse tensor",
    { g: sparse_coo_tensor([[1]], [5], [3]) },
    /value: SparseTensor at g\. Save its to_dense\(\)/,
  ],
  ["a date", new Date(), /value: Date at the top/],
  ["a list as key", { m: new Map([[[1], 2]]) }, /key: Array at m\./],
  ["101 containers in each other", nested(101), /nesting: more than 100 containers/],
  ["an integer of 5001 digits", { a: [10n ** 5000n] }, /bigint: 5001 digits at a\.0\. At most/],
  ["9 million numbers", new Array(9e6).fill(0), /has 9000001 values.* Long lists of numbers bel/],
  ["65 dimensions", { a: tensor([1], { shape: Array<number>(65).fill(1) }) }, /a: shape \[1, .*64/],
  ["a list in itself", self, /nesting: more than 100 .* contains itself \(0\.0\.0/],
];

for (const [what, state, error] of refused) {
  test(`saving ${what} is an error that says where, and the old file stays`, async () => {
    const path = join(folder, "refused.safetensors");
    await save(path, "old");
    const thrown = await save(path, state).catch((error: unknown) => error);
    assert.instance(thrown, CheckpointError);
    assert.match((thrown as Error).message, error);
    assert.is(load(path), "old");
  });
}

test("the file is what the format's rules ask for", async () => {
  const rows = [...kinds, ["float32", Float32Array.of(1, 2, 3)] as const];
  const state = Object.fromEntries(
    rows.map(([name, data]) => [name, new IntegerTensor(name, data as never, [data.length])]),
  );
  const file = await serialize({ ...state, f64: tensor(new Float64Array(2)) });
  const length = Number(new DataView(file.buffer).getBigUint64(0, true));
  assert.is(length % 8, 0, "the data are aligned");
  const text = new TextDecoder().decode(file.subarray(8, 8 + length));
  assert.match(text, /^\{"__metadata__":\{.*\} *$/);
  const { __metadata__, ...infos } = JSON.parse(text) as Record<
    string,
    { dtype: string; shape: number[]; data_offsets: [number, number] }
  >;
  assert.ok(Object.values(__metadata__!).every((value) => typeof value === "string"));
  let end = 0;
  for (const [name, { dtype, shape, data_offsets: offsets }] of Object.entries(infos)) {
    const { bytes } = dtypes.find(({ safetensors }) => safetensors === dtype) as Dtype;
    assert.is(offsets[0], end, `${name} begins where the one before ends`);
    assert.is(offsets[0] % bytes, 0, `${name} is aligned`);
    end = offsets[0] + bytes * shape[0]!;
    assert.is(offsets[1], end, name);
  }
  assert.is(8 + length + end, file.length);
});

test("a plain safetensors file from elsewhere: its tensors by name", () => {
  const header = {
    half: { dtype: "BF16", shape: [2], data_offsets: [4, 8] },
    weight: { dtype: "F32", shape: [], data_offsets: [0, 4] },
  };
  const file = safetensors({ __metadata__: { format: "pt" }, ...header }, 8);
  file.set([0, 0, 0x80, 0x3f, 0x80, 0x3f, 0x00, 0xc0], file.length - 8);
  const { half, weight, ...others } = parse<Record<string, Tensor>>(file);
  assert.equal(others, {});
  assert.equal([...half!.data], [1, -2]);
  assert.instance(half, checkpoint.BFloat16Tensor);
  assert.equal([weight!.shape, weight!.item()], [[], 1]);
});

/** What the system can do wrong, and when. */
const full = Object.assign(new Error("ENOSPC: no space left on device"), { code: "ENOSPC" });
const broken = (): never => {
  throw full;
};
const failures: [
  what: string,
  break_: (real: typeof fs.promises) => Partial<typeof fs.promises>,
][] = [
  ["open", () => ({ open: broken })],
  ["rename", () => ({ rename: broken })],
  ["write halfway", (real) => ({ open: opening(real, "writeFile") })],
  ["sync", (real) => ({ open: opening(real, "sync") })],
];

function opening(real: typeof fs.promises, method: "writeFile" | "sync"): typeof fs.promises.open {
  return async (...args) => {
    const file = await real.open(...args);
    const write = file.writeFile.bind(file);
    file[method] = async (data?: unknown) => {
      if (data instanceof Uint8Array) await write(data.subarray(0, data.length / 2));
      broken();
    };
    return file;
  };
}

/** Runs with parts of node:fs/promises replaced. */
async function withSystem<T>(
  parts: Partial<typeof fs.promises>,
  run: () => Promise<T>,
): Promise<T> {
  const real = { ...fs.promises };
  Object.assign(fs.promises, parts);
  syncBuiltinESMExports();
  try {
    return await run();
  } finally {
    Object.assign(fs.promises, real);
    syncBuiltinESMExports();
  }
}

for (const [what, break_] of failures) {
  test(`when the system fails to ${what}, the old file stays and nothing else`, async () => {
    const place = fs.mkdtempSync(join(folder, "failing-"));
    const path = join(place, "model.safetensors");
    await save(path, { version: 1 });
    const again = () => save(path, { version: 2, x: tensor(new Float32Array(1000)) });
    const thrown = await withSystem(break_({ ...fs.promises }), again).catch((error) => error);
    assert.is(thrown, full);
    assert.equal(load(path), { version: 1 });
    assert.equal(fs.readdirSync(place), ["model.safetensors"]);
    await save(path, { version: 3 });
    assert.equal(load(path), { version: 3 });
  });
}

test("the new file is on the disk before it takes the name, and the name after", async () => {
  const path = join(folder, "order.safetensors");
  const real = { ...fs.promises };
  const log: string[] = [];
  const parts: Partial<typeof fs.promises> = {
    open: async (...args) => {
      const file = await real.open(...args);
      const sync = file.sync.bind(file);
      file.sync = () => {
        log.push(`sync ${args[0] === folder ? "folder" : "file"}`);
        return sync();
      };
      return file;
    },
    rename: (from, to) => {
      log.push("rename");
      return real.rename(from, to);
    },
  };
  await withSystem(parts, () => save(path, 1));
  assert.equal(log, [
    "sync file",
    "rename",
    ...(process.platform === "win32" ? [] : ["sync folder"]),
  ]);
});

/** Saves 32 MB again and again, each time with other numbers, until it is killed. */
const saver = `
  const { save } = await import(process.argv[1]);
  const { tensor } = await import(process.argv[2]);
  for (let version = 1; ; version++) {
    const x = tensor(new Float32Array(8e6).fill(version));
    await save(process.argv[3], { version, x });
  }`;

test("a process killed in the middle of writing leaves a whole file", async () => {
  const place = fs.mkdtempSync(join(folder, "killed-"));
  const path = join(place, "model.safetensors");
  await save(path, { version: 0, x: tensor(new Float32Array(8e6)) });
  const whole = fs.statSync(path).size;
  const rooms = ["checkpoint", "autograd"].map((room) =>
    String(new URL(`../../lib/${room}/index.js`, import.meta.url)),
  );
  for (let round = 0; round < 3; round++) {
    const child = spawn(process.execPath, ["--input-type=module", "-e", saver, ...rooms, path]);
    const ended = once(child, "exit");
    const limit = performance.now() + 180_000;
    while (!halfWritten(place, whole)) {
      assert.ok(performance.now() < limit && child.exitCode === null, "the child never wrote");
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    child.kill("SIGKILL");
    assert.equal(await ended, [null, "SIGKILL"]);
    const { version, x } = load<{ version: number; x: Tensor }>(path);
    assert.is(x.size, 8e6);
    assert.ok(
      x.data.every((value) => value === version),
      "all of one version",
    );
    for (const name of fs.readdirSync(place).filter((name) => name.endsWith(".tmp"))) {
      fs.rmSync(join(place, name));
    }
  }
});

function halfWritten(place: string, whole: number): boolean {
  const temporary = fs.readdirSync(place).find((name) => name.endsWith(".tmp"));
  // It may be renamed between the two looks at the folder.
  const stat = temporary && fs.statSync(join(place, temporary), { throwIfNoEntry: false });
  return typeof stat === "object" && stat.size > 0 && stat.size < whole;
}

test("load says which file is damaged, and a missing file is the system's error", async () => {
  const path = join(folder, "cut.safetensors");
  fs.writeFileSync(path, (await serialize({ x: tensor([1, 2]) })).subarray(0, -1));
  assert.throws(() => load(path), /cut\.safetensors: checksum: wrong/);
  assert.throws(() => load(join(folder, "none.pt")), /ENOENT/);
});

test("bytes.ts works in a page: no Node, no system", async () => {
  const bundle = await build({
    entryPoints: [fromRoot("lib", "checkpoint", "bytes.ts")],
    ...{ bundle: true, write: false, platform: "browser", format: "iife", globalName: "room" },
  });
  const page = createContext({ TextDecoder, TextEncoder });
  runInContext(bundle.outputFiles[0]!.text, page);
  const file = fs.readFileSync(fromRoot("test", "golden", "checkpoints", "kinds.pt"));
  const script = `
    const kinds = room.parse(Uint8Array.from([${[...file].join()}]));
    room.serialize(kinds).then((saved) => room.parse(saved).i64.data.join());`;
  assert.is(await runInContext(script, page), "1,-2,1099511627776");
});

test.run();
