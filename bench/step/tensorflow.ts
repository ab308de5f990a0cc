import { createRequire } from "node:module";
import { dirname } from "node:path";
import { versionOf } from "../version.ts";
import { gradient, type Team } from "./contestant.ts";

const BACKEND = "@tensorflow/tfjs-backend-wasm";

/** TensorFlow.js's own optimizers on its WebAssembly backend. It has no AdamW. */
export async function tensorflow(): Promise<Team> {
  const loaded = await Promise.all([import("@tensorflow/tfjs-core"), import(BACKEND)]).catch(
    () => undefined,
  );
  if (loaded === undefined) return { version: "missing: npm install", contestants: [] };
  const [tf, wasm] = loaded as [
    typeof import("@tensorflow/tfjs-core"),
    typeof import("@tensorflow/tfjs-backend-wasm"),
  ];
  wasm.setWasmPaths(`${dirname(createRequire(import.meta.url).resolve(BACKEND))}/`);
  await tf.setBackend("wasm");
  let made = 0;
  return {
    version: versionOf("@tensorflow/tfjs-core"),
    contestants: [
      {
        name: "TensorFlow.js, wasm",
        threads: 1,
        async make(name, { tensors, elements }) {
          if (name === "AdamW") return undefined;
          const optimizer = name === "Adam" ? tf.train.adam(1e-3) : tf.train.momentum(1e-3, 0.9);
          const model = made++;
          const variables = Array.from({ length: tensors }, (_, i) =>
            tf.variable(tf.fill([elements], 1), true, `${model}/${i}`),
          );
          const g = tf.tensor1d(gradient(elements));
          const gradients = variables.map(({ name: each }) => ({ name: each, tensor: g }));
          return {
            async run(times) {
              const start = performance.now();
              for (let i = 0; i < times; i++) optimizer.applyGradients(gradients);
              return (performance.now() - start) / times;
            },
            free() {
              variables.forEach((variable) => variable.dispose());
              optimizer.dispose();
              g.dispose();
            },
          };
        },
      },
    ],
  };
}
