/**
 * The tape: every operation notes which tensors it read and how to pass a gradient back to them.
 * `backward` then reads the notes from the last to the first and applies the chain rule.
 */
import type { Tensor } from "./tensor.ts";

/** The gradient of one input, from the gradient `g` of the result and the values that were saved. */
export type Derivative = (g: Tensor, saved: Saved) => Tensor;

/** What an operation needs on the way back: its inputs `a`, `b`, `c` and its result `y`. */
export class Saved {
  readonly #tensors: readonly Tensor[];
  readonly #versions: readonly number[];

  constructor(inputs: readonly Tensor[], result: Tensor) {
    this.#tensors = [result, ...inputs];
    this.#versions = this.#tensors.map((tensor) => tensor.version);
  }

  get y(): Tensor {
    return this.#unchanged(0);
  }
  get a(): Tensor {
    return this.#unchanged(1);
  }
  get b(): Tensor {
    return this.#unchanged(2);
  }
  get c(): Tensor {
    return this.#unchanged(3);
  }

  #unchanged(place: number): Tensor {
    const tensor = this.#tensors[place]!;
    const expected = this.#versions[place];
    if (tensor.version === expected) return tensor;
    throw new Error(
      "one of the variables needed for gradient computation has been modified by an inplace " +
        `operation: [${tensor.typeName} ${tensor.shape.join(", ")}] is at version ` +
        `${tensor.version}; expected version ${expected} instead`,
    );
  }
}

let recording = true;
let clock = 0;

/** One note on the tape. A smaller `time` was written earlier. */
export class Node {
  readonly time = clock++;
  freed = false;
  readonly name: string;
  readonly inputs: readonly Tensor[];
  readonly derivatives: readonly Derivative[];
  readonly saved: Saved;

  constructor(name: string, inputs: readonly Tensor[], ds: readonly Derivative[], result: Tensor) {
    this.name = name;
    this.inputs = inputs;
    this.derivatives = ds;
    this.saved = new Saved(inputs, result);
  }
}

/** Notes that `result` came from `inputs`, if any of them wants a gradient. */
export function record(
  name: string,
  inputs: readonly Tensor[],
  derivatives: readonly Derivative[],
  result: Tensor,
): Tensor {
  if (recording && inputs.some((input) => input.requires_grad)) {
    result.requires_grad = true;
    result.grad_fn = new Node(name, inputs, derivatives, result);
  }
  return result;
}

/** Whether operations are being recorded. */
export function is_grad_enabled(): boolean {
  return recording;
}

function withRecording<T>(on: boolean, fn: () => T): T {
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

/** Records again inside `no_grad`: how an optimizer calls its closure. */
export function enable_grad<T>(fn: () => T): T {
  return withRecording(true, fn);
}

/** The notes that lead to a tensor, latest first. */
function notesBehind(root: Tensor): Node[] {
  const found = new Set<Node>();
  const waiting = [root];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const node = next.grad_fn;
    if (node === null || found.has(node)) continue;
    found.add(node);
    waiting.push(...node.inputs);
  }
  return [...found].sort((a, b) => b.time - a.time);
}

/** Adds the gradient of `root` to the `grad` of every leaf behind it. */
export function runBackward(root: Tensor, g: Tensor, retain: boolean, createGraph: boolean): void {
  const gradients = new Map<Node, Tensor>();
  const pass = (input: Tensor, gradient: Tensor) => {
    const fitted = gradient.sumTo(input.shape).to(input.dtype);
    if (input.grad_fn === null) return input.accumulateGrad(fitted);
    const before = gradients.get(input.grad_fn);
    gradients.set(input.grad_fn, before === undefined ? fitted : before.add(fitted));
  };
  withRecording(createGraph, () => {
    pass(root, g);
    for (const node of notesBehind(root)) {
      if (node.freed) {
        throw new Error(
          "Trying to backward through the graph a second time: its saved values were freed. " +
            "Specify retain_graph: true in the first backward()",
        );
      }
      const gradient = gradients.get(node)!;
      node.inputs.forEach((input, place) => {
        if (input.requires_grad) pass(input, node.derivatives[place]!(gradient, node.saved));
      });
      node.freed = !retain;
    }
  });
}
