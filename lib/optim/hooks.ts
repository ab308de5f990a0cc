/** Functions that optimizers call before and after they step, save and load. */
import type { HookHandle } from "../autograd/index.ts";
import { RuntimeError } from "./errors.ts";
import type { Optimizer } from "./optimizer.ts";

type AnyOptimizer = Optimizer<object>;

/** What `step` was called with: nothing, or a closure. */
export type StepArguments = readonly unknown[];

/** May return other arguments for the step. */
export type StepPreHook<T = AnyOptimizer> = (
  optimizer: T,
  args: StepArguments,
) => StepArguments | void;
export type StepPostHook<T = AnyOptimizer> = (optimizer: T, args: StepArguments) => void;

/** Hooks of one kind, in the order in which they are called. */
export class Hooks<F> {
  #entries: readonly { hook: F }[] = [];

  add(hook: F, prepend = false): HookHandle {
    const entry = { hook };
    this.#entries = prepend ? [entry, ...this.#entries] : [...this.#entries, entry];
    return {
      remove: () => {
        this.#entries = this.#entries.filter((other) => other !== entry);
      },
    };
  }

  /** The hooks of this moment: one that removes itself disturbs nobody. */
  get all(): F[] {
    return this.#entries.map(({ hook }) => hook);
  }
}

const everyPre = new Hooks<StepPreHook>();
const everyPost = new Hooks<StepPostHook>();

/**
 * Calls a function before every step of every optimizer, with the optimizer and the arguments of
 * `step`; a list that it returns replaces the arguments.
 *
 * Source: PyTorch 2.14.1, `torch.optim.optimizer.register_optimizer_step_pre_hook`.
 *
 * @example
 * const lrs = [];
 * const handle = register_optimizer_step_pre_hook((opt) => void lrs.push(opt.defaults.lr));
 * new SGD([tensor([1], { requires_grad: true })], { lr: 0.5 }).step();
 * handle.remove();
 * lrs // [0.5]
 */
export function register_optimizer_step_pre_hook(hook: StepPreHook): HookHandle {
  return everyPre.add(hook);
}

/**
 * Calls a function after every step of every optimizer.
 *
 * Source: PyTorch 2.14.1, `torch.optim.optimizer.register_optimizer_step_post_hook`.
 */
export function register_optimizer_step_post_hook(hook: StepPostHook): HookHandle {
  return everyPost.add(hook);
}

/** What surrounds the steps of one optimizer. */
export class StepHooks {
  readonly pre = new Hooks<StepPreHook>();
  readonly post = new Hooks<StepPostHook>();
  /** A step that calls its base class's is one step. */
  #stepping = false;

  around<T>(optimizer: AnyOptimizer, given: StepArguments, step: (args: StepArguments) => T): T {
    if (this.#stepping) return step(given);
    this.#stepping = true;
    try {
      let args = given;
      for (const hook of [...everyPre.all, ...this.pre.all]) {
        args = replaced(hook(optimizer, args)) ?? args;
      }
      const result = step(args);
      for (const hook of [...this.post.all, ...everyPost.all]) hook(optimizer, args);
      return result;
    } finally {
      this.#stepping = false;
    }
  }
}

function replaced(result: unknown): StepArguments | undefined {
  if (result === undefined || Array.isArray(result)) return result;
  throw new RuntimeError(
    `step pre hook: it returned ${String(result)}. ` +
      "It must return nothing, or a list of new arguments for step",
  );
}
