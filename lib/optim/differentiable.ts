import { Tensor, tensor } from "../autograd/index.ts";
import { type Program, runOnTensors } from "../kernels/index.ts";
import type { State } from "./optimizer.ts";

/**
 * One parameter's step as recorded operations, for `differentiable: true`: gradients flow through it
 * to the parameter before, to the gradient, to the state, and to options that are tensors.
 */
export function stepOnTensors(
  { rule, arrays, cells, dtype }: Program,
  param: Tensor,
  state: State,
  options: object,
): void {
  const values = new Map<string, number | boolean | Tensor>(
    Object.entries(options).filter(
      ([, value]) => ["number", "boolean"].includes(typeof value) || value instanceof Tensor,
    ),
  );
  values.set("theta", param.alias()).set("g", param.peekGrad()!);
  const own = arrays.slice(2);
  for (const { name, symbol } of own) values.set(symbol, state[name] as Tensor);
  for (const { name, symbol } of cells) {
    const cell = state[name] as Tensor;
    values.set(symbol, cell.requires_grad ? cell : cell.item());
  }
  runOnTensors(rule, values, dtype);
  for (const { name, symbol } of [...own, ...cells]) {
    const value = values.get(symbol)!;
    state[name] = value instanceof Tensor ? value : tensor(Number(value));
  }
  param.become(values.get("theta") as Tensor);
}
