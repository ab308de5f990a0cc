import { versionOf } from "../version.ts";
import {
  adam,
  batches,
  firstWeights,
  missing,
  type Network,
  type Team,
  trainer,
} from "./trainer.ts";

type Jax = typeof import("@jax-js/jax");
type Arr = InstanceType<Jax["Array"]>;
type Parts = Record<string, Arr>;

/** jax-js on WebAssembly: the whole step, with its gradients, as one program compiled by `jit`. */
export async function jax(): Promise<Team> {
  const jax = await import("@jax-js/jax").catch(() => undefined);
  if (jax === undefined) return missing;
  await jax.init("wasm");
  jax.defaultDevice("wasm");
  const make = async (network: Network) => train(jax, network);
  return { version: versionOf("@jax-js/jax"), contestants: [{ name: "jax-js, wasm jit", make }] };
}

function train(jax: Jax, network: Network) {
  const { numpy: np } = jax;
  const { sizes, batch } = network;
  const layers = sizes.length - 1;
  const names = Array.from({ length: layers }, (_, l) => [`w${l}`, `b${l}`]).flat();
  const data = batches(network).map(({ images, oneHot }) => ({
    x: np.array(images).reshape([batch, 64]),
    y: np.array(oneHot).reshape([batch, 10]),
  }));

  // An array is used up by what it is passed to, unless `.ref` counts one more use.
  const lossOf = (params: Parts, x: Arr, y: Arr): Arr => {
    let h = x;
    for (let l = 0; l < layers; l++) {
      h = np.dot(h, params[`w${l}`]!).add(params[`b${l}`]!);
      if (l < layers - 1) h = jax.nn.relu(h);
    }
    return jax.nn
      .logSoftmax(h)
      .mul(y)
      .sum()
      .mul(-1 / batch);
  };
  const gradients = jax.valueAndGrad(lossOf) as unknown as (
    params: Parts,
    x: Arr,
    y: Arr,
  ) => [Arr, Parts];
  const step = jax.jit((p: Parts, m: Parts, v: Parts, x: Arr, y: Arr, size: Arr, root: Arr) => {
    const kept = Object.fromEntries(names.map((name) => [name, p[name]!.ref]));
    const [loss, g] = gradients(kept, x, y);
    const next = { p: {} as Parts, m: {} as Parts, v: {} as Parts };
    for (const name of names) {
      const mean = m[name]!.mul(adam.beta1).add(g[name]!.ref.mul(1 - adam.beta1));
      const square = v[name]!.mul(adam.beta2).add(g[name]!.ref.mul(g[name]!).mul(1 - adam.beta2));
      const denom = np.sqrt(square.ref).div(root.ref).add(adam.eps);
      next.p[name] = p[name]!.sub(mean.ref.mul(size.ref).div(denom));
      next.m[name] = mean;
      next.v[name] = square;
    }
    size.dispose();
    root.dispose();
    return { ...next, loss };
  });

  const filled = (values: (inputs: number, outputs: number) => Float32Array): Parts =>
    Object.fromEntries(
      Array.from({ length: layers }, (_, l) => {
        const [inputs, outputs] = [sizes[l]!, sizes[l + 1]!];
        return [
          [`w${l}`, np.array(values(inputs, outputs)).reshape([inputs, outputs])],
          [`b${l}`, np.array(new Float32Array(outputs))],
        ] as const;
      }).flat(),
    );
  const zeros = (inputs: number, outputs: number) => new Float32Array(inputs * outputs);
  let state = { p: filled(firstWeights), m: filled(zeros), v: filled(zeros) };
  return trainer(async (k) => {
    const { x, y } = data[k % data.length]!;
    const size = np.array(adam.lr / (1 - adam.beta1 ** (k + 1)));
    const root = np.array(Math.sqrt(1 - adam.beta2 ** (k + 1)));
    const { loss, ...next } = step(state.p, state.m, state.v, x.ref, y.ref, size, root);
    state = next;
    return (await loss.data())[0] as number;
  });
}
