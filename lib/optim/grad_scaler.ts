import { no_grad, Tensor, tensor } from "../autograd/index.ts";
import { SparseTensor } from "../autograd/sparse.ts";
import { AssertionError, RuntimeError, ValueError } from "./errors.ts";
import { keywords } from "./keywords.ts";
import type { AnyOptimizer } from "./lr_scheduler/groups.ts";

export interface GradScalerOptions {
  /** The first scale. By default 65536. */
  init_scale?: number;
  /** What the scale is multiplied with after `growth_interval` good steps in a row. By default 2. */
  growth_factor?: number;
  /** What it is multiplied with when a gradient overflows. By default 0.5. */
  backoff_factor?: number;
  /** By default 2000. */
  growth_interval?: number;
  /** Without it every method passes through. By default true. */
  enabled?: boolean;
}

export interface GradScalerState {
  scale: number;
  growth_factor: number;
  backoff_factor: number;
  growth_interval: number;
  _growth_tracker: number;
}

/** How far an optimizer has come since the last `update()`. */
interface Progress {
  stage: "ready" | "unscaled" | "stepped";
  /** Whether a gradient overflowed; null before one was looked at. */
  found_inf: boolean | null;
}

const fround = Math.fround;

/**
 * Scales the loss, so that small gradients do not vanish in a coarse number type, takes the scale out
 * again before the step, skips the step where a gradient overflowed, and finds a good scale on the
 * way. Each step: `scale(loss).backward()`, `unscale_(opt)` if gradients are clipped, `step(opt)`,
 * `update()`. It is for losses that were computed inside `autocast`, where gradients pass through
 * float16.
 *
 * Source: PyTorch 2.14.1, `torch.amp.GradScaler` (https://docs.pytorch.org/docs/stable/amp.html);
 * Micikevicius et al. 2018, "Mixed Precision Training", https://arxiv.org/abs/1710.03740
 *
 * @example
 * const w = tensor([1], { requires_grad: true });
 * const opt = new SGD([w], { lr: 0.5 });
 * const scaler = new GradScaler({ init_scale: 1024 });
 * scaler.scale(w.mul(w).sum()).backward();
 * w.grad // tensor([2048.])
 * scaler.step(opt);
 * scaler.update();
 * w.grad // tensor([2.])
 * w // tensor([0.], requires_grad=true)
 *
 * const v = tensor([[1]], { requires_grad: true });
 * const tiny = () => autocast(() => v.matmul(tensor([[1]]))).float().mul(1e-8).sum();
 * tiny().backward();
 * v.grad // tensor([[0.]])
 * scaler.scale(tiny()).backward();
 * scaler.unscale_(new SGD([v]));
 * v.grad // tensor([[1.0012e-08]])
 */
export class GradScaler {
  readonly #enabled: boolean;
  #scale: number;
  #growth_tracker = 0;
  #growth_factor: number;
  #backoff_factor: number;
  #growth_interval: number;
  /** Whether `scale()` was called. */
  #used = false;
  #progress = new Map<AnyOptimizer, Progress>();

  constructor(options?: GradScalerOptions) {
    const all = keywords<Required<GradScalerOptions>>(options, {
      init_scale: 2 ** 16,
      growth_factor: 2,
      backoff_factor: 0.5,
      growth_interval: 2000,
      enabled: true,
    });
    if (all.enabled && !(all.growth_factor > 1)) {
      throw new AssertionError("The growth factor must be > 1.0.");
    }
    if (all.enabled && !(all.backoff_factor < 1)) {
      throw new AssertionError("The backoff factor must be < 1.0.");
    }
    this.#enabled = all.enabled;
    this.#scale = all.init_scale;
    this.#growth_factor = all.growth_factor;
    this.#backoff_factor = all.backoff_factor;
    this.#growth_interval = all.growth_interval;
  }

  /** A loss times the scale, or a list of them. */
  scale<T extends Tensor | readonly Tensor[]>(outputs: T): T;
  scale(outputs: Tensor | readonly Tensor[]): Tensor | Tensor[] {
    if (!this.#enabled) return outputs as Tensor | Tensor[];
    this.#used = true;
    this.#scale = fround(this.#scale);
    // A tensor, not a number: a loss in float16 could not hold the product.
    if (outputs instanceof Tensor) return outputs.mul(tensor(this.#scale));
    if (Array.isArray(outputs)) return outputs.map((output) => this.scale(output));
    throw new ValueError("outputs must be a Tensor or an iterable of Tensors");
  }

  /** Divides an optimizer's gradients by the scale, so that they can be looked at or clipped. */
  unscale_(optimizer: AnyOptimizer): void {
    if (!this.#enabled) return;
    this.#checkUsed("unscale_");
    const progress = this.#progressOf(optimizer);
    if (progress.stage === "unscaled") {
      throw new RuntimeError(
        "unscale_() has already been called on this optimizer since the last update().",
      );
    }
    if (progress.stage === "stepped") {
      throw new RuntimeError("unscale_() is being called after step().");
    }
    const factor = fround(1 / this.#scale);
    const grads = optimizer.param_groups.flatMap(({ params }) => params.map(({ grad }) => grad));
    for (const grad of grads) {
      if (grad === null) continue;
      const values = grad instanceof SparseTensor ? grad.values : grad;
      progress.found_inf ||= !values.data.every(Number.isFinite);
      if (factor !== 1) no_grad(() => values.mul_(factor));
    }
    progress.stage = "unscaled";
  }

  /** Makes the optimizer's step with unscaled gradients, or none if one of them has overflowed. */
  step(optimizer: AnyOptimizer, closure?: () => unknown): unknown {
    if (!this.#enabled) return closure ? optimizer.step(closure) : optimizer.step();
    if (closure !== undefined) {
      throw new RuntimeError("Closure use is not currently supported if GradScaler is enabled.");
    }
    this.#checkUsed("step");
    const progress = this.#progressOf(optimizer);
    if (progress.stage === "stepped") {
      throw new RuntimeError("step() has already been called since the last update().");
    }
    if (progress.stage === "ready") this.unscale_(optimizer);
    if (progress.found_inf === null) {
      throw new AssertionError("No inf checks were recorded for this optimizer.");
    }
    if (!progress.found_inf) optimizer.step();
    progress.stage = "stepped";
    return undefined;
  }

  /** Finds the next scale, or takes the given one. At the end of each step, once. */
  update(new_scale?: number | Tensor): void {
    if (!this.#enabled) return;
    this.#checkUsed("update");
    if (new_scale !== undefined) {
      this.#scale = fround(typeof new_scale === "number" ? new_scale : new_scale.item());
    } else {
      const found = [...this.#progress.values()].flatMap(({ found_inf }) => found_inf ?? []);
      if (found.length === 0) {
        throw new AssertionError("No inf checks were recorded prior to update.");
      }
      if (found.includes(true)) this.#backOff();
      else this.#grow();
    }
    this.#progress.clear();
  }

  #backOff(): void {
    this.#scale = fround(this.#scale * this.#backoff_factor);
    this.#growth_tracker = 0;
  }

  #grow(): void {
    this.#growth_tracker++;
    if (this.#growth_tracker !== this.#growth_interval) return;
    const larger = fround(this.#scale * this.#growth_factor);
    if (Number.isFinite(larger)) this.#scale = larger;
    this.#growth_tracker = 0;
  }

  #progressOf(optimizer: AnyOptimizer): Progress {
    const progress = this.#progress.get(optimizer) ?? { stage: "ready", found_inf: null };
    this.#progress.set(optimizer, progress);
    return progress;
  }

  #checkUsed(method: string): void {
    if (this.#used) return;
    throw new AssertionError(
      `Attempted ${method} but _scale is None.  This may indicate your script did not use ` +
        "scaler.scale(loss or outputs) earlier in the iteration.",
    );
  }

  /** The present scale; 1 if not enabled. */
  get_scale(): number {
    return this.#enabled ? this.#scale : 1;
  }
  get_growth_factor(): number {
    return this.#growth_factor;
  }
  set_growth_factor(new_factor: number): void {
    this.#growth_factor = new_factor;
  }
  get_backoff_factor(): number {
    return this.#backoff_factor;
  }
  set_backoff_factor(new_factor: number): void {
    this.#backoff_factor = new_factor;
  }
  get_growth_interval(): number {
    return this.#growth_interval;
  }
  set_growth_interval(new_interval: number): void {
    this.#growth_interval = new_interval;
  }
  is_enabled(): boolean {
    return this.#enabled;
  }

  /** Empty if not enabled. Save it after `update()`. */
  state_dict(): GradScalerState | Record<string, never> {
    if (!this.#enabled) return {};
    return {
      scale: this.#scale,
      growth_factor: this.#growth_factor,
      backoff_factor: this.#backoff_factor,
      growth_interval: this.#growth_interval,
      _growth_tracker: this.#growth_tracker,
    };
  }

  load_state_dict(state: GradScalerState | Record<string, never>): void {
    if (!this.#enabled) return;
    if (Object.keys(state).length === 0) {
      throw new RuntimeError(
        "The source state dict is empty, possibly because it was saved from a disabled instance " +
          "of GradScaler.",
      );
    }
    const { scale, growth_factor, backoff_factor, growth_interval, _growth_tracker } = state;
    this.#scale = scale;
    this.#growth_factor = growth_factor;
    this.#backoff_factor = backoff_factor;
    this.#growth_interval = growth_interval;
    this.#growth_tracker = _growth_tracker;
  }
}
