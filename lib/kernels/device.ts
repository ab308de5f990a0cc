import type { Tensor } from "../autograd/index.ts";
import { compileJs, printJs } from "./js.ts";
import type { Dtype, Scalar } from "./rule.ts";
import type { Program } from "./specialise.ts";

export type Data = Float32Array | Float64Array;

/**
 * The type of a parameter that is to be stepped.
 *
 * Errors: float16.
 */
export function steppedIn({ dtype }: Tensor): Dtype {
  if (dtype !== "float16") return dtype;
  throw new TypeError(
    "parameter: dtype float16. Optimizers step float32 and float64: in float16 a step that is less " +
      "than a thousandth of the weight is lost. Keep the parameters in float32, and compute with them " +
      "in float16 inside autocast(() => ...)",
  );
}

/** One parameter that a program is to step. */
export interface Job {
  /** The program's arrays, in its order: theta, g, state. */
  arrays: readonly Data[];
  /** The program's scalar state, in its order, one number each. */
  cells: readonly Data[];
  /** The values of the program's inputs, in its order. */
  inputs: readonly Scalar[];
  /** What the device found out about the arrays. Whoever exchanges one of them deletes it. */
  memo?: object | undefined;
  /** The tensors of the arrays, for a device that is remote. */
  tensors?: readonly Tensor[] | undefined;
}

/** Where programs run. */
export interface Device {
  readonly name: string;
  /** Whether the newest numbers may be elsewhere, so that `data` is not to be asked for. */
  readonly remote?: boolean;
  /** Refuses more elements (float64 counts twice), with so many arrays of each, than fit. */
  admit?(elements: number, arrays: number): void;
  /** Zeros that this device reaches without copying. */
  allocate(dtype: Dtype, length: number): Data;
  /** Moves a parameter, and the gradients to come, to where this device reaches them. */
  adopt(param: Tensor): void;
  /** Steps every job; arrays and cells are changed in place. */
  run(program: Program, jobs: readonly Job[]): void;
}

type Loop = (n: number, ...rest: unknown[]) => void;
const loops = new WeakMap<Program, Loop>();

/** Plain JavaScript: the readable reference that every other device must equal bit for bit. */
export const js: Device = {
  name: "js",
  allocate: (dtype, length) =>
    dtype === "float64" ? new Float64Array(length) : new Float32Array(length),
  adopt() {},
  run(program, jobs) {
    let step = loops.get(program);
    if (step === undefined) loops.set(program, (step = compileJs(printJs(program)) as Loop));
    for (const { arrays, cells, inputs } of jobs) {
      step(arrays[0]!.length, ...arrays, ...cells, ...inputs);
    }
  },
};
