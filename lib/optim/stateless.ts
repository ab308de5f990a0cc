import type { Tensor } from "../autograd/index.ts";
import { RuntimeError } from "./errors.ts";
import type { Optimizer, ParamGroup, State, StateDict } from "./optimizer.ts";

const NAME = "swap_in_optimizer_params_and_state";

/**
 * Runs a function while an optimizer has other parameters, and the options and the state of a
 * `state_dict()`; afterwards it has its own again, also where the function throws. The parameters are
 * given in the order of the groups. What a step writes into the given tensors stays there; a tensor
 * that it puts in the place of another is forgotten.
 *
 * Errors: an optimizer without state, groups that are not those of the optimizer.
 *
 * Source: PyTorch 2.14.1, `torch.optim.swap_in_optimizer_params_and_state`, there a context manager.
 *
 * @example
 * const [w, other] = [tensor([1], { requires_grad: true }), tensor([5], { requires_grad: true })];
 * const opt = new SGD([w], { lr: 1, momentum: 0.5 });
 * w.grad = tensor([1]);
 * opt.step();
 * other.grad = tensor([2]);
 * const saved = { param_groups: opt.state_dict().param_groups, state: { 0: { momentum_buffer: tensor([0]) } } };
 * swap_in_optimizer_params_and_state(opt, { other }, saved, () => opt.step());
 * other.detach() // tensor([3.])
 * w.detach() // tensor([0.])
 */
export function swap_in_optimizer_params_and_state<O extends object, T>(
  optimizer: Optimizer<O>,
  swapin_parameters: Readonly<Record<string, Tensor>>,
  swapin_optim_state: StateDict<O>,
  fn: () => T,
): T {
  const { param_groups, state } = optimizer;
  const swapped = prepare(optimizer, Object.values(swapin_parameters), swapin_optim_state);
  const groups = param_groups.map((group) => ({ ...group }));
  const states = [...state];
  const install = (all: readonly ParamGroup<O>[], entries: Iterable<readonly [Tensor, State]>) => {
    param_groups.forEach((group, i) => {
      for (const key of Object.keys(group)) delete (group as Record<string, unknown>)[key];
      Object.assign(group, all[i]);
    });
    state.clear();
    for (const [param, held] of entries) state.set(param, held);
  };
  install(swapped.groups, swapped.states);
  try {
    return fn();
  } finally {
    install(groups, states);
  }
}

/** The groups with the given parameters in them, and the state by parameter. */
function prepare<O extends object>(
  { param_groups, state }: Optimizer<O>,
  params: readonly Tensor[],
  saved: StateDict<O>,
) {
  if (state.size === 0) throw new RuntimeError(`${NAME} requires initialized optimizer state.`);
  if (param_groups.length !== saved.param_groups.length) {
    throw new RuntimeError(
      "swapin_optim_state has a different number of parameter groups than the live optimizer.",
    );
  }
  const states: [Tensor, State][] = [];
  let used = 0;
  const groups = saved.param_groups.map((group, i) => {
    const live = param_groups[i]!;
    checkGroup(i, live, group);
    const own = params.slice(used, (used += group.params.length));
    own.forEach((param, k) => states.push([param, { ...saved.state[group.params[k]!] }]));
    return { ...group, params: own } as unknown as ParamGroup<O>;
  });
  if (used !== params.length) {
    throw new RuntimeError(
      `${NAME} requires the explicit parameter state to match optimizer.param_groups ordering.`,
    );
  }
  const known = new Set(saved.param_groups.flatMap((group) => group.params));
  const extra = Object.keys(saved.state).filter((id) => !known.has(Number(id)));
  if (extra.length === 0) return { groups, states };
  throw new RuntimeError(
    `${NAME} requires swapin_optim_state['state'] to be keyed only by packed parameter ids from ` +
      `param_groups[*]['params']; got extra keys [${extra.join(", ")}].`,
  );
}

function checkGroup(index: number, live: { params: unknown[] }, given: { params: unknown[] }) {
  if (live.params.length !== given.params.length) {
    throw new RuntimeError(
      `swapin_optim_state param group ${index} has a different number of params than the live ` +
        "optimizer param group.",
    );
  }
  const only = (a: object, b: object) => Object.keys(a).filter((key) => !(key in b));
  const [swapin, own] = [only(given, live), only(live, given)];
  if (swapin.length + own.length === 0) return;
  throw new RuntimeError(
    `${NAME} requires optimizer.state_dict()-style param group keys to exactly match the live ` +
      `optimizer group keys for group ${index}. Keys only in swap-in: [${swapin.join(", ")}]. ` +
      `Keys only in live: [${own.join(", ")}].`,
  );
}
