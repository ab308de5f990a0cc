/** Gradient clipping, as in PyTorch's `torch.nn.utils`. Call it between `backward()` and `step()`. */
import { widest } from "../autograd/data.ts";
import { no_grad, Tensor, tensor } from "../autograd/index.ts";
import { RuntimeError } from "./errors.ts";
import { keywords } from "./keywords.ts";
import { norm } from "./norm.ts";

export interface TotalNormOptions {
  /** 2 for the length, 1 for the sum of sizes, Infinity for the largest size. By default 2. */
  norm_type?: number;
  /** Throw where the norm is infinite or NaN. By default false. */
  error_if_nonfinite?: boolean;
}

type Tensors = Tensor | Iterable<Tensor>;

/**
 * The norm of several tensors as if they were one vector: the norm of their norms.
 *
 * Errors: a norm that is not finite, with `error_if_nonfinite`.
 *
 * Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.utils.get_total_norm.html
 *
 * @example
 * get_total_norm([tensor([3, 4]), tensor([12])]) // tensor(13.)
 */
export function get_total_norm(tensors: Tensors, options?: TotalNormOptions): Tensor {
  const { norm_type, error_if_nonfinite } = keywords<Required<TotalNormOptions>>(options, {
    norm_type: 2,
    error_if_nonfinite: false,
  });
  const list = listOf(tensors);
  const dtype = list.length > 0 ? widest(list.map(({ dtype }) => dtype)) : "float32";
  const norms = tensor(
    list.map(({ data }) => norm(data, norm_type)),
    { dtype },
  );
  const total = list.length > 0 ? norm(norms.data, norm_type) : 0;
  if (error_if_nonfinite && !Number.isFinite(total)) {
    const order = Number.isInteger(norm_type) ? norm_type.toFixed(1) : norm_type;
    throw new RuntimeError(
      `The total norm of order ${order} for gradients from \`parameters\` is non-finite, so it ` +
        "cannot be clipped. To disable this error and scale the gradients by the non-finite norm " +
        "anyway, set `error_if_nonfinite=False`",
    );
  }
  return tensor(total, { dtype });
}

/**
 * Multiplies all gradients by `max_norm / (total_norm + 1e-6)`, in place, where that is less than 1.
 *
 * Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.utils.clip_grads_with_norm_.html
 *
 * @example
 * const w = tensor([0, 0], { requires_grad: true });
 * w.grad = tensor([3, 4]);
 * clip_grads_with_norm_(w, 10, tensor(20));
 * w.grad // tensor([1.5000, 2.0000])
 */
export function clip_grads_with_norm_(
  parameters: Tensors,
  max_norm: number,
  total_norm: Tensor,
): void {
  no_grad(() => {
    const one = tensor(1, { dtype: total_norm.dtype });
    const factor = one.div(total_norm.add(1e-6)).mul(max_norm).minimum(1);
    for (const grad of gradientsOf(parameters)) grad.mul_(factor);
  });
}

/**
 * Shortens the gradients of all parameters together to the norm `max_norm`, in place, if they are
 * longer. The direction stays. Returns the norm before. One infinite gradient makes the others 0 and
 * itself NaN.
 *
 * Source: Pascanu, Mikolov, Bengio 2013, "On the difficulty of training Recurrent Neural Networks",
 * https://arxiv.org/abs/1211.5063
 *
 * @example
 * const w = tensor([0, 0], { requires_grad: true });
 * w.grad = tensor([3, 4]);
 * clip_grad_norm_(w, 1) // tensor(5.)
 * w.grad // tensor([0.6000, 0.8000])
 */
export function clip_grad_norm_(
  parameters: Tensors,
  max_norm: number,
  options?: TotalNormOptions,
): Tensor {
  const list = listOf(parameters);
  if (list.length === 0 && !Array.isArray(parameters)) {
    console.warn("`parameters` is an empty generator, no gradient clipping will occur.");
  }
  const total_norm = get_total_norm(gradientsOf(list), options);
  clip_grads_with_norm_(list, max_norm, total_norm);
  return total_norm;
}

/**
 * Limits every element of every gradient to `-clip_value ... clip_value`, in place. This changes the
 * direction.
 *
 * Errors: no parameter has a gradient.
 *
 * Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.utils.clip_grad_value_.html
 *
 * @example
 * const w = tensor([0, 0], { requires_grad: true });
 * w.grad = tensor([3, 0.4]);
 * clip_grad_value_(w, 1);
 * w.grad // tensor([1.0000, 0.4000])
 */
export function clip_grad_value_(parameters: Tensors, clip_value: number): void {
  const grads = gradientsOf(parameters);
  if (grads.length === 0) {
    throw new RuntimeError("clip_grad_value_: no parameter has a gradient. Call backward() first");
  }
  no_grad(() => {
    for (const grad of grads) grad.copy_(grad.maximum(-clip_value).minimum(clip_value));
  });
}

function listOf(tensors: Tensors): Tensor[] {
  return tensors instanceof Tensor ? [tensors] : [...tensors];
}

/** Looked at without keeping them: an optimizer may collect the next ones in the same memory. */
function gradientsOf(parameters: Tensors): Tensor[] {
  return listOf(parameters).flatMap((param) => param.peekGrad() ?? []);
}
