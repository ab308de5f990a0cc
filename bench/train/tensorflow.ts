import { createRequire } from "node:module";
import { dirname } from "node:path";
import { runInThisContext } from "node:vm";
import { build } from "esbuild";
import { adam, batches, firstWeights, type Network, type Team, trainer } from "./trainer.ts";

/** What is used of TensorFlow.js here. */
interface TF {
  version_core: string;
  enableProdMode(): void;
  setBackend(name: string): Promise<boolean>;
  getBackend(): string;
  tensor2d(values: Float32Array, shape: [number, number]): Tensor;
  zeros(shape: number[]): Tensor;
  variable(value: Tensor): Tensor;
  add(a: Tensor, b: Tensor): Tensor;
  matMul(a: Tensor, b: Tensor): Tensor;
  relu(a: Tensor): Tensor;
  losses: { softmaxCrossEntropy(oneHot: Tensor, logits: Tensor): Tensor };
  train: {
    adam(...options: number[]): { minimize(loss: () => Tensor, returnCost: true): Tensor | null };
  };
}
interface Tensor {
  dataSync(): ArrayLike<number>;
  dispose(): void;
}

/**
 * TensorFlow.js on its backends for Node without native code: plain JavaScript, and WebAssembly. The
 * derivatives of its operations are files of their own, which Node cannot import before they are
 * bundled.
 */
export async function tensorflow(): Promise<Team> {
  const require = createRequire(import.meta.url);
  const { outputFiles } = await build({
    entryPoints: [require.resolve("@tensorflow/tfjs-core/dist/register_all_gradients.js")],
    bundle: true,
    write: false,
    format: "iife",
    platform: "node",
    logLevel: "error",
  });
  const tf = (await import("@tensorflow/tfjs-core")) as unknown as TF;
  runInThisContext(outputFiles[0]!.text);
  // Comes with the WebAssembly backend, which falls back on it.
  await import("@tensorflow/tfjs-backend-cpu");
  const wasm = await import("@tensorflow/tfjs-backend-wasm");
  tf.enableProdMode();
  wasm.setWasmPaths(`${dirname(require.resolve("@tensorflow/tfjs-backend-wasm"))}/`);
  const contestants = ["cpu", "wasm"].map((backend) => ({
    name: `TensorFlow.js, ${backend}`,
    make: (network: Network) => train(tf, backend, network),
  }));
  return { version: tf.version_core, contestants };
}

async function train(tf: TF, backend: string, network: Network) {
  await tf.setBackend(backend);
  const { sizes, batch } = network;
  const layers = sizes.slice(1).map((outputs, l) => {
    const inputs = sizes[l]!;
    return {
      w: tf.variable(tf.tensor2d(firstWeights(inputs, outputs), [inputs, outputs])),
      b: tf.variable(tf.zeros([outputs])),
    };
  });
  const data = batches(network).map(({ images, oneHot }) => ({
    x: tf.tensor2d(images, [batch, 64]),
    y: tf.tensor2d(oneHot, [batch, 10]),
  }));
  const { lr, beta1, beta2, eps } = adam;
  const optimizer = tf.train.adam(lr, beta1, beta2, eps);
  return trainer(async (k) => {
    // Contestants take turns, so that the other backend may be in charge.
    if (tf.getBackend() !== backend) await tf.setBackend(backend);
    const { x, y } = data[k % data.length]!;
    const loss = optimizer.minimize(() => {
      const logits = layers.reduce((h, { w, b }, l) => {
        const sum = tf.add(tf.matMul(h, w), b);
        return l === layers.length - 1 ? sum : tf.relu(sum);
      }, x);
      return tf.losses.softmaxCrossEntropy(y, logits);
    }, true)!;
    const value = loss.dataSync()[0]!;
    loss.dispose();
    return value;
  });
}
