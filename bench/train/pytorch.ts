import { readFileSync } from "node:fs";
import { fromRoot } from "../../root.ts";
import { startTorch } from "../torch.ts";
import { adam, type Result, type Team } from "./trainer.ts";

/** PyTorch in a process of its own, on 1 and 2 threads. */
export async function pytorch(): Promise<Team> {
  const torch = await startTorch("train/pytorch.py");
  if (typeof torch === "string") return { version: torch, contestants: [] };
  const digits = readFileSync(fromRoot("lib", "nn", "data", "digits.bin.gz")).toString("base64");
  await torch.ask({ call: "load", digits });
  const { lr, beta1, beta2, eps } = adam;
  const contestants = [1, 2].map((threads) => ({
    name: `PyTorch, ${threads} thread${threads === 1 ? "" : "s"}`,
    async make({ name, sizes, batch }: { name: string; sizes: readonly number[]; batch: number }) {
      const id = `${name} ${threads}`;
      await torch.ask({ call: "make", id, sizes, batch, lr, betas: [beta1, beta2], eps });
      return {
        run: async (steps: number) =>
          (await torch.ask({ call: "run", id, threads, steps })) as Result,
      };
    },
  }));
  return { version: await torch.started, contestants, close: () => torch.close() };
}
