import { Tensor } from "../autograd/index.ts";
import type { Data, Job, Program } from "../kernels/index.ts";
import { RuntimeError } from "./errors.ts";
import type { State } from "./optimizer.ts";

/**
 * One parameter in its place in a group, with the job that steps it. The job lives as long as the
 * optimizer: a step only looks whether its arrays are still the ones.
 */
export class Slot {
  readonly param: Tensor;
  /** Whether the group has the same parameter in an earlier place, whose step must be over. */
  readonly again: boolean;
  readonly #arrays: Data[] = [];
  readonly #cells: Data[] = [];
  /** Whose arrays these are, for a device that keeps the numbers elsewhere. */
  readonly #tensors: Tensor[] | undefined;
  readonly job: Job;

  constructor(param: Tensor, again: boolean, remote: boolean) {
    this.param = param;
    this.again = again;
    this.#tensors = remote ? [] : undefined;
    this.job = {
      arrays: this.#arrays,
      cells: this.#cells,
      inputs: [],
      tensors: this.#tensors,
      memo: undefined,
    };
  }

  /** Points the job at what the program works on; false if a part of the state is missing. */
  aim({ arrays, cells }: Program, grad: Tensor, state: State): boolean {
    this.#place(0, "parameter", this.param);
    this.#place(1, "gradient", grad);
    for (let k = 2; k < arrays.length; k++) {
      const { name } = arrays[k]!;
      const held = state[name];
      if (!(held instanceof Tensor)) return false;
      this.#place(k, name, held);
    }
    for (let k = 0; k < cells.length; k++) {
      const held = state[cells[k]!.name];
      if (!(held instanceof Tensor)) return false;
      this.#cells[k] = held.data;
    }
    if (this.#arrays.length > arrays.length) {
      this.#arrays.length = arrays.length;
      if (this.#tensors !== undefined) this.#tensors.length = arrays.length;
      this.job.memo = undefined;
    }
    if (this.#cells.length > cells.length) this.#cells.length = cells.length;
    return true;
  }

  #place(k: number, name: string, tensor: Tensor): void {
    const arrays = this.#arrays;
    const tensors = this.#tensors;
    const data = tensors === undefined ? tensor.data : tensor.peekData();
    if (tensors !== undefined) tensors[k] = tensor;
    if (arrays[k] === data) return;
    if (k === 0) arrays.length = 0;
    else if (data.length !== arrays[0]!.length || data.constructor !== arrays[0]!.constructor) {
      throw new RuntimeError(
        `${name}: ${describe(data)} does not fit its parameter's ${describe(arrays[0]!)}. ` +
          "Assign a tensor of the parameter's shape and dtype",
      );
    }
    arrays[k] = data;
    this.job.memo = undefined;
  }
}

function describe(data: Data): string {
  const dtype = data instanceof Float64Array ? "float64" : "float32";
  return `${dtype} of ${data.length} element${data.length === 1 ? "" : "s"}`;
}
