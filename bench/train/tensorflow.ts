import { createRequire } from "node:module";
import { dirname } from "node:path";
import { adam, batches, firstWeights, type Network, type Team, trainer } from "./trainer.ts";

/** What is used of TensorFlow.js here; its 280 MB are not installed with the rest. */
interface TF {
  version: { "tfjs-core": string };
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

const TFJS: string = "@tensorflow/tfjs";
const WASM: string = "@tensorflow/tfjs-backend-wasm";
const INSTALL = `npm install --no-save ${TFJS}@4.22.0 ${WASM}@4.22.0`;

/** TensorFlow.js on its backends for Node without native code: plain JavaScript, and WebAssembly. */
export async function tensorflow(): Promise<Team> {
  const loaded = await Promise.all([import(TFJS), import(WASM)]).catch(() => undefined);
  if (loaded === undefined) return { version: `missing: ${INSTALL}`, contestants: [] };
  const [tf, wasm] = loaded as [TF, { setWasmPaths(folder: string): void }];
  tf.enableProdMode();
  wasm.setWasmPaths(`${dirname(createRequire(import.meta.url).resolve(WASM))}/`);
  const contestants = ["cpu", "wasm"].map((backend) => ({
    name: `TensorFlow.js, ${backend}`,
    make: (network: Network) => train(tf, backend, network),
  }));
  return { version: tf.version["tfjs-core"], contestants };
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
