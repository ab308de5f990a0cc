import { type Data, type Dtype, newData } from "./data.ts";
import { Float16Data, roundToFloat16 } from "./float16.ts";
import type { Random } from "./random.ts";
import { sameShape, type Shape, showShape, sizeOf } from "./shape.ts";
import { Tensor } from "./tensor.ts";

/** Numbers, arrays of numbers to any depth, typed arrays, or arrays of them. */
export type Values = number | ArrayLike<number> | readonly Values[];

export interface TensorOptions {
  /** By default the shape of the nested arrays. */
  shape?: Shape;
  /** By default "float64" for a Float64Array, otherwise "float32". */
  dtype?: Dtype;
  requires_grad?: boolean;
}

/**
 * A tensor with a copy of the given numbers.
 *
 * @example
 * tensor([[1, 2], [3, 4]]).shape // [2, 2]
 * tensor(new Float64Array(6), { shape: [2, 3] }).dtype // "float64"
 * tensor(0.5, { requires_grad: true }) // tensor(0.5000, requires_grad=true)
 * tensor(1 / 3, { dtype: "float16" }).item() // 0.333251953125
 */
export function tensor(values: Values, options: TensorOptions = {}): Tensor {
  const found = shapeOf(values);
  const shape = options.shape ?? found;
  if (sizeOf(shape) !== sizeOf(found)) {
    throw new RangeError(
      `shape: ${showShape(shape)} takes ${sizeOf(shape)} values, but ${sizeOf(found)} were given`,
    );
  }
  const dtype = options.dtype ?? (values instanceof Float64Array ? "float64" : "float32");
  const data = newData(dtype, sizeOf(shape));
  if (ArrayBuffer.isView(values)) data.set(values as unknown as ArrayLike<number>);
  else fill(data, values, 0);
  if (data instanceof Float16Data) roundToFloat16(data);
  return new Tensor(data, shape, options.requires_grad);
}

function shapeOf(values: Values): number[] {
  if (typeof values === "number") return [];
  if (typeof values !== "object" || values === null || typeof values.length !== "number") {
    throw new TypeError(`values: ${String(values)}. A tensor takes numbers and arrays of numbers`);
  }
  if (ArrayBuffer.isView(values)) return [values.length];
  const rows = Array.from(values, shapeOf);
  const [first = []] = rows;
  const odd = rows.findIndex((row) => !sameShape(row, first));
  if (odd > 0) {
    throw new RangeError(
      `values: row ${odd} has shape ${showShape(rows[odd]!)}, but row 0 has ${showShape(first)}. ` +
        "All rows must be equally long",
    );
  }
  return [rows.length, ...first];
}

function fill(data: Data, values: Values, from: number): number {
  if (typeof values === "number") {
    data[from] = values;
    return from + 1;
  }
  let next = from;
  for (let i = 0; i < values.length; i++) next = fill(data, values[i] as Values, next);
  return next;
}

/**
 * A tensor of zeros.
 *
 * @example
 * zeros([2, 2]) // tensor([[0., 0.], [0., 0.]])
 */
export function zeros(shape: Shape, options: Omit<TensorOptions, "shape"> = {}): Tensor {
  return new Tensor(
    newData(options.dtype ?? "float32", sizeOf(shape)),
    shape,
    options.requires_grad,
  );
}

/**
 * A tensor of ones.
 *
 * @example
 * ones([3]) // tensor([1., 1., 1.])
 */
export function ones(shape: Shape, options: Omit<TensorOptions, "shape"> = {}): Tensor {
  const made = zeros(shape, options);
  made.data.fill(1);
  return made;
}

/**
 * A tensor whose elements come one by one from a generator.
 *
 * @example
 * sample(gauss(rng(1)), [2]).shape // [2]
 */
export function sample(
  next: Random,
  shape: Shape,
  options: Omit<TensorOptions, "shape"> = {},
): Tensor {
  const made = zeros(shape, options);
  for (let i = 0; i < made.size; i++) made.data[i] = next();
  if (made.data instanceof Float16Data) roundToFloat16(made.data);
  return made;
}
