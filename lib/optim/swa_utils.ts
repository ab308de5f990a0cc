/** PyTorch's `torch.optim.swa_utils`, in reading order. */
export { AveragedModel } from "./swa_utils/averaged_model.ts";
export { get_ema_avg_fn, get_ema_multi_avg_fn } from "./swa_utils/averages.ts";
export { get_swa_avg_fn, get_swa_multi_avg_fn } from "./swa_utils/averages.ts";
export { SWALR } from "./swa_utils/swalr.ts";
export { update_bn } from "./swa_utils/update_bn.ts";

export type { AveragedModelOptions, Model } from "./swa_utils/averaged_model.ts";
export type { AvgFn, MultiAvgFn } from "./swa_utils/averages.ts";
export type { SWALROptions } from "./swa_utils/swalr.ts";
