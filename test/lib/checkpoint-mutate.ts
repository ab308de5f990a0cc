/**
 * The worker of checkpoint-fuzz.test.ts: reads damaged copies of checkpoints, seeded, one kind of
 * copy after the other, and reports what was neither an error of ours nor a sound value.
 */
import { readFileSync } from "node:fs";
import { isDeepStrictEqual } from "node:util";
import { parentPort, workerData } from "node:worker_threads";
import { unzipSync } from "fflate";
import { type Random, rng, Tensor, tensor } from "../../lib/autograd/index.ts";
import { CheckpointError, IntegerTensor, parse, serialize } from "../../lib/checkpoint/index.ts";
import { fromRoot } from "../../root.ts";
import { safetensors, structure, zipped } from "./checkpoint-files.ts";

export interface FuzzInput {
  cases: number;
  /** The case being read, for whoever watches. */
  progress: SharedArrayBuffer;
}

export interface FuzzReport {
  read: number;
  refused: number;
  same: number;
  slowestMs: number;
  mostBytes: number;
  failures: string[];
}

const golden = (name: string) =>
  new Uint8Array(readFileSync(fromRoot("test", "golden", "checkpoints", name)));

const state = {
  model: {
    weight: tensor([
      [1, 2],
      [3, 4],
    ]),
    bias: tensor(new Float64Array([0.5])),
  },
  optimizer: { state: { 0: { step: tensor(5) } }, param_groups: [{ lr: 0.1, params: [0, 1] }] },
  numbers: [1, -0, NaN, 2n ** 70n, null, true, "中文"],
  counts: new IntegerTensor("int64", BigInt64Array.of(1n, 2n), [2]),
};

/** A file to damage, and how a damaged part of it becomes a file again. */
interface Source {
  name: string;
  part: Uint8Array;
  /** Whether a checksum covers all of it: then it reads as before or not at all. */
  sealed: boolean;
  rebuild(part: Uint8Array): Uint8Array;
}

async function sources(): Promise<Source[]> {
  const whole = (name: string, part: Uint8Array, sealed: boolean): Source => {
    return { name, part, sealed, rebuild: (damaged) => damaged };
  };
  const inside = (name: string, folder: string): Source => {
    const { [`${folder}/data.pkl`]: pickle, ...rest } = unzipSync(golden(name));
    const entries = Object.entries(rest).map(([key, value]) => [
      key.slice(folder.length + 1),
      value,
    ]);
    const rebuild = (part: Uint8Array) => zipped(part, Object.fromEntries(entries));
    return { name: `pickle of ${name}`, part: pickle!, sealed: false, rebuild };
  };
  const saved = await serialize(state);
  const info = (dtype: string, shape: number[], data_offsets: number[]) => {
    return { dtype, shape, data_offsets };
  };
  const foreign = {
    __metadata__: { format: "pt" },
    wide: info("F64", [1], [0, 8]),
    weight: info("F32", [2, 3], [8, 32]),
    half: info("BF16", [4], [32, 40]),
    flags: info("BOOL", [], [40, 41]),
  };
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  const bytes = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
  const tensors = new Map([["w", tensor([1, 2])]]);
  const nested = {
    list: [0, -1.5, { $float: "nan" }, { $tuple: ["a", null] }, { $size: [2] }, { $set: [1, 2] }],
    weight: { $tensor: "w", requires_grad: true },
    state: {
      $dict: [
        [0, { big: { $int: "-12345678901234567890" } }],
        [{ $int: "1" }, true],
      ],
    },
  };
  return [
    whole("kinds.pt", golden("kinds.pt"), true),
    whole("adamw.pt", golden("adamw.pt"), true),
    whole("legacy.pt", golden("legacy.pt"), false),
    whole("protocol2-legacy.pt", golden("protocol2-legacy.pt"), false),
    inside("kinds.pt", "kinds"),
    inside("nadam.pt", "nadam"),
    inside("protocol4.pt", "protocol4"),
    whole("saved.safetensors", saved, true),
    {
      name: "header of a foreign file",
      part: bytes(foreign),
      sealed: false,
      rebuild: (part) => safetensors(text(part), 41),
    },
    {
      name: "JSON of a state",
      part: bytes(nested),
      sealed: false,
      rebuild: (part) => structure(text(part), tensors),
    },
  ];
}

const below = (random: Random, limit: number) => Math.floor(random() * limit);

const interesting = [0x00, 0x01, 0x22, 0x28, 0x30, 0x39, 0x5b, 0x5d, 0x7b, 0x7f, 0x80, 0xff];

/** One change: a bit, a byte, a digit, a run, a cut, a piece left out, doubled, from elsewhere. */
const changes: ((file: Uint8Array, random: Random, other: Uint8Array) => Uint8Array)[] = [
  (file, random) => {
    const copy = Uint8Array.from(file);
    const at = below(random, file.length);
    copy[at] = copy[at]! ^ (1 << below(random, 8));
    return copy;
  },
  (file, random) => {
    const copy = Uint8Array.from(file);
    copy[below(random, file.length)] = interesting[below(random, interesting.length)]!;
    return copy;
  },
  (file, random) => {
    const copy = Uint8Array.from(file);
    const digits = [...copy.keys()].filter((at) => copy[at]! >= 0x30 && copy[at]! <= 0x39);
    const at = digits[below(random, digits.length)];
    if (at !== undefined) copy[at] = 0x30 + below(random, 10);
    return copy;
  },
  (file, random) => {
    const copy = Uint8Array.from(file);
    const at = below(random, file.length);
    copy.fill(random() < 0.5 ? 0xff : 0x7f, at, at + 1 + below(random, 8));
    return copy;
  },
  (file, random) => file.slice(0, below(random, file.length)),
  (file, random) => {
    const [from, to] = [below(random, file.length), below(random, file.length)].sort(
      (a, b) => a - b,
    );
    return join(file.subarray(0, from), file.subarray(to));
  },
  (file, random) => {
    const from = below(random, file.length);
    const piece = file.subarray(from, from + below(random, 64));
    return join(file.subarray(0, from), piece, file.subarray(from));
  },
  (file, random, other) => {
    const [from, at] = [below(random, other.length), below(random, file.length)];
    const piece = other.subarray(from, from + below(random, 64));
    return join(
      file.subarray(0, at),
      piece,
      file.subarray(at + (random() < 0.5 ? piece.length : 0)),
    );
  },
];

function join(...parts: Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}

/** What is wrong with a value that was read; undefined if nothing. */
function flaw(value: unknown): string | undefined {
  if (value === null || ["boolean", "number", "bigint", "string"].includes(typeof value)) return;
  if (value instanceof Tensor || value instanceof IntegerTensor) {
    const size = value.shape.reduce((product, length) => product * length, 1);
    return size === value.data.length ? undefined : `${size} elements in ${value.data.length}`;
  }
  if (Array.isArray(value) || value instanceof Set) return firstFlaw([...value]);
  if (value instanceof Map) return firstFlaw([...value.keys(), ...value.values()]);
  const plain = typeof value === "object" && Object.getPrototypeOf(value) === Object.prototype;
  return plain ? firstFlaw(Object.values(value)) : `a ${typeof value}`;
}

const firstFlaw = (values: unknown[]) => values.map(flaw).find((found) => found !== undefined);

async function fuzz({ cases, progress }: FuzzInput): Promise<FuzzReport> {
  const done = new Int32Array(progress);
  const all = await sources();
  const originals = all.map(({ part, rebuild }) => parse(rebuild(part)));
  const report = { read: 0, refused: 0, same: 0, slowestMs: 0, mostBytes: 0, failures: [] };
  const failures: string[] = report.failures;
  for (let seed = 0; seed < cases; seed++) {
    Atomics.store(done, 0, seed);
    const random = rng(seed);
    const { name, part, sealed, rebuild } = all[seed % all.length]!;
    const other = all[below(random, all.length)]!.part;
    let damaged = part;
    for (let n = 1 + below(random, 3); n > 0 && damaged.length > 0; n--) {
      damaged = changes[below(random, changes.length)]!(damaged, random, other);
    }
    const file = rebuild(damaged);
    const before = process.memoryUsage().arrayBuffers;
    const started = performance.now();
    try {
      const value = parse(file);
      report.read++;
      const wrong = sealed && !isDeepStrictEqual(value, originals[seed % all.length]);
      const found = wrong ? "it reads, but differently" : flaw(value);
      if (sealed && !wrong) report.same++;
      if (found !== undefined) failures.push(`seed ${seed}, ${name}: ${found}`);
    } catch (error) {
      report.refused++;
      if (!(error instanceof CheckpointError))
        failures.push(`seed ${seed}, ${name}: ${String(error)}`);
    }
    report.slowestMs = Math.max(report.slowestMs, performance.now() - started);
    const bytes = process.memoryUsage().arrayBuffers - before;
    report.mostBytes = Math.max(report.mostBytes, bytes);
  }
  return report;
}

parentPort?.postMessage(await fuzz(workerData as FuzzInput));
