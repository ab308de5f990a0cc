import { ValueError } from "../errors.ts";
import type { Optimizer, ParamGroup } from "../optimizer.ts";

/** What schedulers read and write in a parameter group, by PyTorch's names. */
export interface Scheduled {
  lr: number;
  /** The lr before any scheduler changed it. */
  initial_lr?: number;
  momentum?: number;
  betas?: readonly number[];
  /** Written by OneCycleLR and CyclicLR. */
  max_lr?: number;
  min_lr?: number;
  max_momentum?: number;
  base_momentum?: number;
  /** Written by SWALR. */
  swa_lr?: number;
}

/** Any optimizer that has learning rates. */
export type AnyOptimizer = Optimizer<Scheduled>;
export type Group = ParamGroup<Scheduled>;

/** A number for all groups, or a list with one for each: as a list. */
export function perGroup(
  name: string,
  optimizer: AnyOptimizer,
  value: number | readonly number[],
): number[] {
  const groups = optimizer.param_groups.length;
  if (typeof value === "number") return Array.from({ length: groups }, () => value);
  if (value.length === groups) return [...value];
  throw new ValueError(
    `${name} must have the same length as optimizer.param_groups. ` +
      `${name} has ${value.length} values, param_groups has ${groups}.`,
  );
}

/** Whether an optimizer's momentum is the first of its betas. Without either it cannot be cycled. */
export function usesBeta1({ defaults }: AnyOptimizer): boolean {
  if ("betas" in defaults) return true;
  if ("momentum" in defaults) return false;
  throw new ValueError(
    "optimizer must support momentum or beta1 with `cycle_momentum` option enabled",
  );
}

/** Gives each group its range of momentum. */
export function setMomentumRange(group: Group, base_momentum: number, max_momentum: number): void {
  setMomentum(group, max_momentum);
  Object.assign(group, { max_momentum, base_momentum });
}

export function setMomentum(group: Group, momentum: number): void {
  if (group.betas === undefined) group.momentum = momentum;
  else group.betas = [momentum, ...group.betas.slice(1)];
}
