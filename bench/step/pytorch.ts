import { startTorch, type Torch } from "../torch.ts";
import { type Contestant, optimizers, type Team } from "./contestant.ts";

/** PyTorch in a process of its own: its default path, foreach and fused, on 1 and 2 threads. */
export async function pytorch(): Promise<Team> {
  const torch = await startTorch("step/pytorch.py");
  if (typeof torch === "string") return { version: torch, contestants: [] };
  const contestants = ["for-loop", "foreach", "fused"].flatMap((path) =>
    [1, 2].map((threads) => contestant(torch, path, threads)),
  );
  return { version: await torch.started, contestants, close: () => torch.close() };
}

function contestant(torch: Torch, path: string, threads: number): Contestant {
  return {
    name: `PyTorch, ${path}, ${threads} thread${threads === 1 ? "" : "s"}`,
    threads,
    async make(optimizer, { tensors, elements, name }) {
      const id = `${optimizer} ${name} ${path} ${threads}`;
      const { options } = optimizers[optimizer];
      try {
        await torch.ask({ call: "make", id, optimizer, path, options, tensors, elements });
      } catch (error) {
        console.error(`PyTorch ${path}: ${(error as Error).message}`);
        return undefined;
      }
      return {
        run: async (times) => Number(await torch.ask({ call: "run", id, threads, times })),
        free: async () => void (await torch.ask({ call: "free", id })),
      };
    },
  };
}
