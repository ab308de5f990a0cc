/** Operations on many arrays at once, as PyTorch's `torch._foreach_*`: each rounds as a tensor's does. */
export type Data = Float32Array | Float64Array;

/** Multiplies every element by a number. Storing into an array rounds to its type. */
export function mul_(list: readonly Data[], factor: number): void {
  for (const x of list) {
    const f = roundingOf(x)(factor);
    for (let i = 0; i < x.length; i++) x[i]! *= f;
  }
}

/** Adds `alpha` times the other arrays. */
export function add_(list: readonly Data[], others: readonly Data[], alpha: number): void {
  list.forEach((x, k) => {
    const [y, round] = [others[k]!, roundingOf(x)];
    const a = round(alpha);
    for (let i = 0; i < x.length; i++) x[i]! += round(a * y[i]!);
  });
}

const roundingOf = (x: Data) => (x instanceof Float32Array ? Math.fround : same);
const same = (x: number) => x;
