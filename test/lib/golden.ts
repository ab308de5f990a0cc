/** Recorded results of PyTorch (test/golden/README.md), and how they are compared: bit by bit. */
import { readFileSync } from "node:fs";
import { type Dtype, Tensor, tensor } from "../../lib/autograd/index.ts";
import { fromRoot } from "../../root.ts";

type Tagged =
  | { t: "tensor"; dtype: Dtype; shape: number[]; data: string }
  | { t: "int" | "float"; v: number | string }
  | { t: "tuple" | "list"; v: Tagged[] };
export type Recorded = Tagged | boolean | string | null;

export interface Inputs {
  dtype: Dtype;
  shapes: number[][];
  params: string[];
  grads: (string | null)[][];
}

export interface Case {
  name: string;
  inputs: string;
  kwargs: Record<string, unknown>;
  groups: ({ params: number[] } & Record<string, unknown>)[];
  events?: { beforeStep: number; group: number; set: Record<string, unknown> }[];
  snapshots: { step: number; params: string[]; state: Record<string, Recorded>[] }[];
  paramGroups: Record<string, Recorded>[];
}

export interface GoldenFile {
  class: string;
  inputs: Record<string, Inputs>;
  cases: Case[];
}

/** A file of test/golden. */
export function golden<T>(name: string): T {
  return JSON.parse(readFileSync(fromRoot("test", "golden", `${name}.json`), "utf8")) as T;
}

/** The numbers in a base64 string, little-endian. */
export function decode(text: string, dtype: Dtype): Float32Array | Float64Array {
  const bytes = Uint8Array.from(Buffer.from(text, "base64"));
  return dtype === "float64" ? new Float64Array(bytes.buffer) : new Float32Array(bytes.buffer);
}

/** A recorded value as this library has it. */
export function plain(value: Recorded): unknown {
  if (value === null || typeof value !== "object" || Array.isArray(value)) return value;
  if (value.t === "tensor") return tensor(decode(value.data, value.dtype), { shape: value.shape });
  if (value.t === "tuple" || value.t === "list") return value.v.map(plain);
  return Number(value.v);
}

/** How many elements differ in a bit; +0 equals -0, and NaN equals NaN. */
export function differing(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (actual.length !== expected.length) return Infinity;
  let count = 0;
  for (let i = 0; i < actual.length; i++) {
    const [a, b] = [actual[i]!, expected[i]!];
    if (a !== b && !(Number.isNaN(a) && Number.isNaN(b))) count++;
  }
  return count;
}

/** What an optimizer class looks like to a replay. */
export interface Replayable {
  step(): void;
  param_groups: Record<string, unknown>[];
  state: Map<Tensor, Record<string, unknown>>;
}

type Make = (groups: { params: Tensor[] }[], kwargs: Record<string, unknown>) => Replayable;

/** Replays a case and counts the elements that differ from the record, with where they are. */
export function replay(inputs: Inputs, recorded: Case, make: Make): string[] {
  const run = steps(inputs, recorded, make, never);
  let turn = run.next();
  while (!turn.done) turn = run.next();
  return turn.value;
}

/** The same on a device whose numbers must be fetched; elements that `skip` names do not count. */
export async function replayAsync(
  inputs: Inputs,
  recorded: Case,
  make: Make,
  skip: Skip,
): Promise<string[]> {
  const run = steps(inputs, recorded, make, skip);
  let turn = run.next();
  while (!turn.done) {
    await turn.value.read();
    turn = run.next();
  }
  return turn.value;
}

/** Whether element `i` of input `param` is left out. */
export type Skip = (param: number, i: number) => boolean;
const never: Skip = () => false;

/** Hands out each tensor before it is compared. */
function* steps(
  inputs: Inputs,
  recorded: Case,
  make: Make,
  skip: Skip,
): Generator<Tensor, string[]> {
  const { dtype, shapes } = inputs;
  const params = inputs.params.map((text, i) =>
    tensor(decode(text, dtype), { shape: shapes[i]!, dtype, requires_grad: true }),
  );
  const groups = recorded.groups.map((group) => ({
    ...group,
    params: group.params.map((i) => params[i]!),
  }));
  const optimizer = make(groups, recorded.kwargs);
  const found: string[] = [];
  const compare = (where: string, param: number, actual: Tensor, expected: ArrayLike<number>) => {
    const kept = Array.from(actual.data, (x, i) => (skip(param, i) ? expected[i]! : x));
    const count = differing(kept, expected);
    if (count > 0) found.push(`${where}: ${count} of ${expected.length} differ`);
  };
  for (const [index, grads] of inputs.grads.entries()) {
    const step = index + 1;
    for (const { group, set } of (recorded.events ?? []).filter((e) => e.beforeStep === step)) {
      Object.assign(optimizer.param_groups[group]!, set);
    }
    params.forEach((param, i) => {
      const text = grads[i];
      param.grad = text == null ? null : tensor(decode(text, dtype), { shape: param.shape, dtype });
    });
    optimizer.step();
    const snapshot = recorded.snapshots.find((s) => s.step === step);
    if (snapshot === undefined) continue;
    for (const [k, which] of recorded.groups.flatMap((group) => group.params).entries()) {
      const param = params[which]!;
      const where = `${recorded.name} step ${step} parameter ${k}`;
      yield param;
      compare(where, which, param, decode(snapshot.params[k]!, dtype));
      const state = optimizer.state.get(param) ?? {};
      const expected = snapshot.state[k]!;
      if (Object.keys(state).join() !== Object.keys(expected).join()) {
        found.push(`${where}: state ${Object.keys(state)}, not ${Object.keys(expected)}`);
        continue;
      }
      for (const [name, value] of Object.entries(expected)) {
        const [a, b] = [state[name] as Tensor, plain(value) as Tensor];
        if (a.dtype !== b.dtype || a.shape.join() !== b.shape.join()) {
          found.push(`${where} ${name}: ${a.dtype} [${a.shape}], not ${b.dtype} [${b.shape}]`);
        }
        yield a;
        compare(`${where} ${name}`, which, a, b.data);
      }
    }
  }
  recorded.paramGroups.forEach((expected, i) => {
    const { params: _, ...actual } = optimizer.param_groups[i]!;
    const wanted = Object.fromEntries(Object.entries(expected).map(([k, v]) => [k, plain(v)]));
    const [a, b] = [actual, wanted].map((group) => JSON.stringify(Object.entries(group).sort()));
    if (a !== b) found.push(`${recorded.name} group ${i}: ${a}, not ${b}`);
  });
  return found;
}
