/**
 * The tape: every operation notes which tensors it read and how to pass a gradient back to them.
 * `backward` then reads the notes from the last to the first and applies the chain rule.
 */
import type { Dtype } from "./data.ts";
import { type Float16Data, roundToFloat16 } from "./float16.ts";
import { type Shape, showShape } from "./shape.ts";
import type { Operand, Tensor } from "./tensor.ts";

/** The gradient of one input, from the gradient `g` of the result and the values that were saved. */
export type Derivative = (g: Tensor, saved: Saved) => Tensor;

/** What an operation needs on the way back: its inputs `a`, `b`, `c` and its result `y`. */
export interface Saved {
  readonly a: Tensor;
  readonly b: Operand;
  readonly c: Tensor;
  readonly y: Tensor;
}

/** Sees a gradient on its way back, and may return another in its place. */
export type Hook = (grad: Tensor) => Tensor | void;

/** Where a tensor's gradient goes: to the note that made it, or into the leaf itself. */
export type Source = Node | Tensor;

let recording = true;
let clock = 0;

/** One note on the tape. A smaller `time` was written earlier. */
export class Node implements Saved {
  readonly time = clock++;
  readonly name: string;
  /** Where the inputs came from at the time: an operation in place may change that later. */
  readonly sources: (Source | null)[] = [];
  readonly derivatives: readonly (Derivative | null)[];
  /** Shape and dtype of the result, and so of the gradient that arrives. */
  readonly shape: Shape;
  readonly dtype: Dtype;
  hooks: Hook[] | null = null;
  /** The tensor that keeps the gradient of this result in its `grad`. */
  keeper: Tensor | null = null;

  #saved: (Operand | null)[] | null;
  readonly #versions: number[] = [];

  constructor(
    name: string,
    inputs: readonly Operand[],
    derivatives: readonly (Derivative | null)[],
    result: Tensor,
  ) {
    this.name = name;
    this.derivatives = derivatives;
    this.shape = result.shape;
    this.dtype = result.dtype;
    this.#saved = [...inputs];
    for (let place = 0; place < inputs.length; place++) {
      const input = inputs[place]!;
      const constant = typeof input === "number" || derivatives[place] === null;
      this.sources.push(constant ? null : sourceOf(input));
      this.#versions.push(typeof input === "number" ? 0 : input.version);
    }
  }

  /** Completes the note once the result is there, which may be an input that was changed. */
  finish(result: Tensor): void {
    this.#saved!.push(result);
    this.#versions.push(result.version);
  }

  get a(): Tensor {
    return this.#unchanged(0) as Tensor;
  }
  get b(): Operand {
    return this.#unchanged(1);
  }
  get c(): Tensor {
    return this.#unchanged(2) as Tensor;
  }
  get y(): Tensor {
    return this.#unchanged(this.#versions.length - 1) as Tensor;
  }

  /** Lets go of the saved values. */
  free(): void {
    this.#saved = null;
  }

  #unchanged(place: number): Operand {
    if (this.#saved === null) {
      throw new Error(
        "Trying to backward through the graph a second time: its saved values were freed. " +
          "Specify retain_graph: true in the first backward()",
      );
    }
    const value = this.#saved[place]!;
    const expected = this.#versions[place];
    if (typeof value === "number") return value;
    if (value.version === expected) return inFloat32(value);
    throw new Error(
      "one of the variables needed for gradient computation has been modified by an inplace " +
        `operation: [${value.typeName} ${showShape(value.shape)}], which is saved for ` +
        `"${this.name}", is at version ${value.version}; expected version ${expected} instead. ` +
        "Change a clone() of it, or change it after backward()",
    );
  }
}

/** The way back from a float16 result computes in float32; each gradient is rounded as it arrives. */
export function inFloat32(tensor: Tensor): Tensor {
  return tensor.dtype === "float16" ? tensor.to("float32") : tensor;
}

export function sourceOf(tensor: Tensor): Source | null {
  return tensor.grad_fn ?? (tensor.requires_grad ? tensor : null);
}

/**
 * Notes that `result` came from `inputs`, if any of them wants a gradient. Every operation ends here,
 * so this is where a float16 result is rounded.
 */
export function record(
  name: string,
  inputs: readonly Operand[],
  derivatives: readonly (Derivative | null)[],
  result: Tensor,
  inPlace = false,
): Tensor {
  if (result.dtype === "float16") roundToFloat16(result.peekData() as Float16Data);
  const node = isWanted(inputs, derivatives) ? new Node(name, inputs, derivatives, result) : null;
  if (inPlace) result.version++;
  if (node === null) return result;
  node.finish(result);
  if (inPlace && result.grad_fn?.keeper === result) {
    node.keeper = result;
    result.grad_fn.keeper = null;
  }
  result.requires_grad = true;
  result.grad_fn = node;
  return result;
}

function isWanted(
  inputs: readonly Operand[],
  derivatives: readonly (Derivative | null)[],
): boolean {
  if (!recording) return false;
  for (let place = 0; place < inputs.length; place++) {
    const input = inputs[place]!;
    if (typeof input === "number" || !input.requires_grad) continue;
    if (derivatives[place] !== null) return true;
  }
  return false;
}

/**
 * Whether operations are being recorded.
 *
 * @example
 * no_grad(() => is_grad_enabled()) // false
 */
export function is_grad_enabled(): boolean {
  return recording;
}

export function withRecording<T>(on: boolean, fn: () => T): T {
  const before = recording;
  recording = on;
  try {
    return fn();
  } finally {
    recording = before;
  }
}

/**
 * Runs a synchronous function without recording, for updates and measurements.
 *
 * @example
 * const w = tensor([1, 2], { requires_grad: true });
 * no_grad(() => w.mul(2)).requires_grad // false
 */
export function no_grad<T>(fn: () => T): T {
  return withRecording(false, fn);
}

/**
 * Records again inside `no_grad`: how an optimizer calls its closure.
 *
 * @example
 * const w = tensor([1, 2], { requires_grad: true });
 * no_grad(() => enable_grad(() => w.mul(2))).requires_grad // true
 */
export function enable_grad<T>(fn: () => T): T {
  return withRecording(true, fn);
}
