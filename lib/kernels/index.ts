/** One rule, read many ways: formula, pseudocode, loops, kernels. */
export { type Data, type Device, type Job, js } from "./device.ts";
export {
  type DeviceName,
  get_default_device,
  makeDevice,
  set_default_device,
  use_gpu,
} from "./devices.ts";
export { runOnTensors } from "./differentiable.ts";
export { evaluateStep, type Trace } from "./evaluate.ts";
export { printFormula, printPlainPseudocode, printPseudocode } from "./formula.ts";
export { compileJs, type JsFunction, printJs, printScalars } from "./js.ts";
export { pow } from "./operators.ts";
export { get_num_threads, set_num_threads } from "./pool.ts";
export { type Assign, type Expr, type If, parse, type Statement } from "./parse.ts";
export { type Dtype, type Options, type OptionValue, type Rule } from "./rule.ts";
export { type Scalar, settings, type StateSpec } from "./rule.ts";
export { check } from "./scope.ts";
export { decidingOptions } from "./prune.ts";
export { type Program, specialise } from "./specialise.ts";
export { WasmDevice } from "./wasm.ts";
export { assemble } from "./assemble.ts";
export { printWat, type WatFunction } from "./wat.ts";
export { printWgsl, type WgslShader } from "./wgsl.ts";
export { printPage } from "./page.ts";
export { unknown } from "./unknown.ts";
