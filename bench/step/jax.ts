import { versionOf } from "../version.ts";
import { gradient, type OptimizerName, optimizers, type Team } from "./contestant.ts";

type Jax = typeof import("@jax-js/jax");
type Arr = InstanceType<Jax["Array"]>;
type Parts = Record<string, Arr>;

/** jax-js, a compiler like this one: the update of one tensor, compiled by its `jit`, for each tensor. */
export async function jax(): Promise<Team> {
  const jax = await import("@jax-js/jax").catch(() => undefined);
  if (jax === undefined) return { version: "missing: npm install", contestants: [] };
  await jax.init("wasm");
  jax.defaultDevice("wasm");
  const updates: Record<OptimizerName, (parts: Parts) => Parts> = {
    AdamW: jax.jit((parts: Parts) => adam(jax, parts, 1 - 1e-3 * 1e-2)),
    Adam: jax.jit((parts: Parts) => adam(jax, parts, 1)),
    SGD: jax.jit(momentum),
  };
  const make = async (optimizer: OptimizerName, tensors: number, elements: number) => {
    const zeros = () => jax.numpy.array(new Float32Array(elements));
    const { state } = rules[optimizer];
    const params: Parts[] = Array.from({ length: tensors }, () => ({
      theta: jax.numpy.array(new Float32Array(elements).fill(1)),
      ...Object.fromEntries(state.map((name) => [name, zeros()])),
    }));
    const g = jax.numpy.array(gradient(elements));
    let t = 0;
    const step = async () => {
      const scalars = scalarsOf(jax, optimizer, ++t);
      params.forEach((param, i) => {
        const shared = Object.entries({ ...scalars, g }).map(([name, x]) => [name, x.ref] as const);
        params[i] = updates[optimizer]({ ...param, ...Object.fromEntries(shared) });
      });
      await jax.blockUntilReady(params);
      for (const scalar of Object.values(scalars)) scalar.dispose();
    };
    return {
      async run(times: number) {
        const start = performance.now();
        for (let i = 0; i < times; i++) await step();
        return (performance.now() - start) / times;
      },
      free() {
        for (const array of params.flatMap((param) => Object.values(param))) array.dispose();
        g.dispose();
      },
    };
  };
  return {
    version: versionOf("@jax-js/jax"),
    contestants: [
      {
        name: "jax-js, wasm jit",
        threads: 1,
        make: (optimizer, { tensors, elements }) => make(optimizer, tensors, elements),
      },
    ],
  };
}

const rules: Record<OptimizerName, { state: string[] }> = {
  AdamW: { state: ["m", "v"] },
  Adam: { state: ["m", "v"] },
  SGD: { state: ["b"] },
};

function scalarsOf(jax: Jax, optimizer: OptimizerName, t: number): Parts {
  if (optimizer === "SGD") return {};
  const { lr } = optimizers[optimizer].options;
  return {
    size: jax.numpy.array(lr / (1 - 0.9 ** t)),
    root: jax.numpy.array(Math.sqrt(1 - 0.999 ** t)),
  };
}

/** An array is used up by what it is passed to, unless `.ref` counts one more use. */
function adam(jax: Jax, { theta, m, v, g, size, root }: Parts, decay: number): Parts {
  const mean = m!.mul(0.9).add(g!.ref.mul(0.1));
  const square = v!.mul(0.999).add(g!.ref.mul(g!).mul(0.001));
  const denom = jax.numpy.sqrt(square.ref).div(root!).add(1e-8);
  const kept = decay === 1 ? theta! : theta!.mul(decay);
  return { theta: kept.sub(mean.ref.mul(size!).div(denom)), m: mean, v: square };
}

function momentum({ theta, b, g }: Parts): Parts {
  const buffer = b!.mul(0.9).add(g!);
  return { theta: theta!.sub(buffer.ref.mul(1e-3)), b: buffer };
}
