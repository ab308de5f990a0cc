/** Optimizers that PyTorch does not have, in order of appearance. */
export { Lookahead } from "./lookahead.ts";
export { LAMB } from "./lamb.ts";
export { Adan } from "./adan.ts";
export { Lion } from "./lion.ts";
export { SophiaG } from "./sophia.ts";
export { Prodigy } from "./prodigy.ts";
export { ScheduleFreeAdamW } from "./schedule_free_adamw.ts";

export type { AdanOptions } from "./adan.ts";
export type { LAMBOptions } from "./lamb.ts";
export type { LionOptions } from "./lion.ts";
export type { LookaheadOptions } from "./lookahead.ts";
export type { ProdigyOptions } from "./prodigy.ts";
export type { ScheduleFreeAdamWOptions } from "./schedule_free_adamw.ts";
export type { SophiaGOptions } from "./sophia.ts";
