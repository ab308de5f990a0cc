/** How a tensor prints: PyTorch's format, four digits, `...` in the middle of long ones. */
import { sizeOf } from "./shape.ts";
import type { Tensor } from "./tensor.ts";

const DIGITS = 4;
const LINE_WIDTH = 80;
const SUMMARISE_ABOVE = 1000;
const EDGE = 3;
const PREFIX = "tensor(";

/** `tensor([1.0000, 2.0000], requires_grad=true)` */
export function show(tensor: Tensor): string {
  if (tensor.remote?.ahead) {
    const { shape, remote } = tensor;
    return `${PREFIX}..., size=[${shape.join(", ")}], on the ${remote.name}: await .read())`;
  }
  const summarise = tensor.size > SUMMARISE_ABOVE;
  const format = formatter(tensor, summarise);
  const body = tensor.size === 0 ? "[]" : nest(tensor, format, summarise, 0, 0);
  const notes: string[] = [];
  if (tensor.size === 0 && tensor.shape.length !== 1)
    notes.push(`size=[${tensor.shape.join(", ")}]`);
  if (tensor.dtype !== "float32") notes.push(`dtype=${tensor.dtype}`);
  if (tensor.grad_fn !== null) notes.push(`grad_fn=<${tensor.grad_fn.name}>`);
  else if (tensor.requires_grad) notes.push("requires_grad=true");
  const lastLine = body.slice(body.lastIndexOf("\n") + 1);
  const start = lastLine === body ? PREFIX.length : 0;
  const ending = `, ${notes.join(", ")}`;
  if (notes.length === 0) return `${PREFIX}${body})`;
  const fits = start + lastLine.length + ending.length + 1 <= LINE_WIDTH;
  return `${PREFIX}${body}${fits ? ending : `,\n${" ".repeat(PREFIX.length)}${ending.slice(2)}`})`;
}

function nest(
  tensor: Tensor,
  format: (x: number) => string,
  summarise: boolean,
  dim: number,
  from: number,
): string {
  const { shape, data } = tensor;
  if (dim === shape.length) return format(data[from]!);
  const step = sizeOf(shape.slice(dim + 1));
  const items = shown(shape[dim]!, summarise).map((i) =>
    i === null ? "..." : nest(tensor, format, summarise, dim + 1, from + i * step),
  );
  const indent = " ".repeat(PREFIX.length + dim + 1);
  if (dim < shape.length - 1) {
    const gap = "\n".repeat(shape.length - 1 - dim);
    return `[${items.join(`,${gap}${indent}`)}]`;
  }
  const width = (items[0]?.length ?? 0) + 2;
  const perLine = Math.max(1, Math.floor((LINE_WIDTH - indent.length + 1) / width));
  const lines: string[] = [];
  for (let i = 0; i < items.length; i += perLine)
    lines.push(items.slice(i, i + perLine).join(", "));
  return `[${lines.join(`,\n${indent}`)}]`;
}

/** The places shown along a dimension; null stands for what is left out. */
function shown(length: number, summarise: boolean): (number | null)[] {
  const all = Array.from({ length }, (_, i) => i);
  if (!summarise || length <= 2 * EDGE) return all;
  return [...all.slice(0, EDGE), null, ...all.slice(-EDGE)];
}

/** One format for all elements that are shown, so that they stand in columns. */
function formatter(tensor: Tensor, summarise: boolean): (x: number) => string {
  const values = visible(tensor, summarise);
  const sizes = values.filter((x) => Number.isFinite(x) && x !== 0).map(Math.abs);
  const largest = Math.max(...sizes);
  const smallest = Math.min(...sizes);
  const whole = sizes.every(Number.isInteger);
  const wide = sizes.length > 0 && (largest / smallest > 1000 || largest > 1e8);
  const scientific = wide || (!whole && smallest < 1e-4);
  const one = (x: number): string => {
    if (Number.isNaN(x)) return "nan";
    if (!Number.isFinite(x)) return x > 0 ? "inf" : "-inf";
    if (scientific) return exponent(x);
    const sign = Object.is(x, -0) ? "-" : "";
    return sign + (whole ? `${x.toFixed(0)}.` : x.toFixed(DIGITS));
  };
  const width = Math.max(0, ...values.map((x) => one(x).length));
  return (x) => one(x).padStart(width);
}

function exponent(x: number): string {
  return x.toExponential(DIGITS).replace(/e([+-])(\d)$/, "e$10$2");
}

function visible(tensor: Tensor, summarise: boolean): number[] {
  let places = [0];
  tensor.shape.forEach((length, dim) => {
    const step = sizeOf(tensor.shape.slice(dim + 1));
    const here = shown(length, summarise).filter((i) => i !== null);
    places = places.flatMap((from) => here.map((i) => from + i * step));
  });
  return places.map((place) => tensor.data[place]!);
}
