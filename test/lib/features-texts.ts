/** The sentences of FEATURES.md and FEATURES.zh.md. */
export type Lang = "en" | "zh";
type Text = Readonly<Record<Lang, string>>;

export const words = {
  title: { en: "What there is of torch.optim", zh: "torch.optim 里有什么" },
  otherLanguage: { en: "[中文](FEATURES.zh.md)", zh: "[English](FEATURES.md)" },
  intro: {
    en: "Read from the code by `test/lib/features.test.ts`, which fails when this page is old. PyTorch here is 2.14.1.",
    zh: "本页由 `test/lib/features.test.ts` 从代码生成；页面过时，测试就会失败。这里的 PyTorch 指 2.14.1。",
  },
  optimizers: { en: "Optimizers", zh: "优化器" },
  optimizersIntro: {
    en: "Options and defaults are PyTorch's, in the order of its groups; state has PyTorch's names and types.",
    zh: "选项和默认值都与 PyTorch 相同，顺序同它的参数组；状态的名字和类型也相同。",
  },
  class: { en: "class", zh: "类" },
  name: { en: "name", zh: "名字" },
  what: { en: "what", zh: "是什么" },
  value: { en: "default, or type and when it is made", zh: "默认值，或类型与创建时机" },
  option: { en: "option", zh: "选项" },
  options: { en: "options", zh: "选项" },
  state: { en: "state", zh: "状态" },
  stateWith: { en: "state, with", zh: "状态，需要" },
  eager: { en: "when the optimizer is made", zh: "创建优化器时" },
  lazy: { en: "at the first gradient", zh: "第一次有梯度时" },
  likeParameter: { en: "shape and dtype of the parameter", zh: "形状和类型同参数" },
  scalar: { en: "one number in a tensor", zh: "一个数的张量" },
  own: { en: "a tensor of its own shape", zh: "形状自定的张量" },
  itsDtype: { en: "dtype of the parameter", zh: "类型同参数" },
  number: { en: "a number", zh: "一个数" },
  list: { en: "a list", zh: "一个列表" },
  everywhere: { en: "Every optimizer", zh: "所有优化器" },
  everywhereText: {
    en: [
      "Parameters as tensors, groups or `[name, tensor]` pairs; `param_groups`, `defaults`, `state`, `add_param_group`, `zero_grad(set_to_none = true)`, `step(closure)`;",
      "`state_dict` and `load_state_dict` with PyTorch's packed indices and casting;",
      "`register_step_pre_hook`, `register_step_post_hook`, `register_state_dict_pre_hook`, `register_state_dict_post_hook`, `register_load_state_dict_pre_hook`, `register_load_state_dict_post_hook` (the last four with `prepend`), and for all optimizers `register_optimizer_step_pre_hook` and `register_optimizer_step_post_hook`.",
      "A rule's `lr` may be a tensor of one element. Sparse gradients are for `SparseAdam`, `SGD` and `Adagrad`.",
    ].join("\n"),
    zh: [
      "参数可以是张量、参数组或 `[名字, 张量]`；`param_groups`、`defaults`、`state`、`add_param_group`、`zero_grad(set_to_none = true)`、`step(closure)`；",
      "`state_dict` 和 `load_state_dict`，索引打包和类型转换都与 PyTorch 相同；",
      "`register_step_pre_hook`、`register_step_post_hook`、`register_state_dict_pre_hook`、`register_state_dict_post_hook`、`register_load_state_dict_pre_hook`、`register_load_state_dict_post_hook`（后四个有 `prepend`），以及对所有优化器生效的 `register_optimizer_step_pre_hook` 和 `register_optimizer_step_post_hook`。",
      "规则类优化器的 `lr` 可以是只有一个元素的张量。稀疏梯度用于 `SparseAdam`、`SGD` 和 `Adagrad`。",
    ].join("\n"),
  },
  schedulers: { en: "Learning-rate schedulers", zh: "学习率调度器" },
  others: { en: "Averaging, clipping, scaling", zh: "权重平均、梯度裁剪、梯度缩放" },
  evidence: { en: "Evidence", zh: "证据" },
  evidenceIntro: {
    en: "Numbers that PyTorch recorded, and how ours are compared with them ([test/golden/README.md](test/golden/README.md)).",
    zh: "PyTorch 记录下的数，以及我们如何与之比较（[test/golden/README.md](test/golden/README.md)）。",
  },
  file: { en: "file", zh: "文件" },
  cases: { en: "cases", zh: "例数" },
  compared: { en: "compared", zh: "比较方式" },
  bits: { en: "bit by bit", zh: "逐位" },
  pow: {
    en: "bit by bit; float64 with JavaScript's `**` to 1e-12, with C's `pow` bit by bit",
    zh: "逐位；float64 用 JavaScript 的 `**` 时误差 1e-12，用 C 的 `pow` 时逐位",
  },
  calls: {
    en: "bit by bit, and as many calls of the closure",
    zh: "逐位，且闭包调用次数相同",
  },
  ulp: { en: "to 1 unit in the last place of float64", zh: "float64 末位误差不超过 1" },
  text: { en: "the texts of errors and warnings", zh: "错误和警告的文字" },
  loss: {
    en: "the loss of every step: 1e-6 in float32, 1e-13 in float64; wider for Muon, LBFGS and SparseAdam, as `test/lib/train-digits.test.ts` says",
    zh: "每一步的损失：float32 1e-6，float64 1e-13；Muon、LBFGS、SparseAdam 较宽，见 `test/lib/train-digits.test.ts`",
  },
  unit: { en: "to 1e-12, relative, in float64", zh: "float64，相对误差 1e-12" },
  half: {
    en: "values and gradients in float16 bit by bit, where `test/lib/float16.test.ts` says so to one place; training in mixed precision: the loss of every step to 1e-5, the same scales and skipped steps",
    zh: "float16 的值和梯度逐位，`test/lib/float16.test.ts` 注明之处末位差不超过 1；混合精度训练：每一步的损失误差 1e-5，缩放系数和跳过的步相同",
  },
  odd: {
    en: "zero, denormal, huge, infinite and NaN numbers: bit by bit; a GPU may take denormal ones for 0",
    zh: "零、非规格化数、极大的数、无穷和 NaN：逐位；GPU 可以把非规格化数当作 0",
  },
  differences: { en: "What differs, and why", zh: "有何不同，为什么" },
} as const satisfies Record<string, Text>;

export const differences: readonly Text[] = [
  {
    en: "Keyword arguments are one options object: `new SGD(params, { lr: 0.1 })`. A boolean is `true`, None is `null`. Errors have PyTorch's texts, with JavaScript's names of types (`Array`, `number`). Python tells `1` from `1.0`, JavaScript does not: errors write the numbers of a tuple and a zero as floats (`1.0`), other whole numbers as ints (`-1`), and `betas: [0, 0]`, which PyTorch refuses as ints, is accepted.",
    zh: "关键字参数合成一个选项对象：`new SGD(params, { lr: 0.1 })`。布尔值写 `true`，None 写 `null`。错误信息用 PyTorch 的原文，类型名用 JavaScript 的（`Array`、`number`）。Python 区分 `1` 和 `1.0`，JavaScript 不区分：错误信息里元组中的数和零写成浮点数（`1.0`），其余整数写成整数（`-1`）；`betas: [0, 0]` 在 PyTorch 里因为是整数而被拒绝，这里接受。",
  },
  {
    en: "`foreach`, `fused` and `capturable` change no bit and no speed: every step of a rule is one kernel for all parameters. PyTorch refuses `capturable` on a CPU; here it is accepted. What PyTorch forbids to combine is forbidden in its words.",
    zh: "`foreach`、`fused`、`capturable` 不改变任何一位，也不改变速度：规则的每一步本来就是一个处理全部参数的内核。PyTorch 在 CPU 上拒绝 `capturable`，这里接受。PyTorch 不许同时用的选项，这里用同样的话拒绝。",
  },
  {
    en: "Bits are those of PyTorch's for-loop without fused multiply-add (`ATEN_CPU_CAPABILITY=default`). PyTorch's own AVX2 and fused paths have other last bits.",
    zh: "逐位相同指的是 PyTorch 不用融合乘加的 for 循环路径（`ATEN_CPU_CAPABILITY=default`）。PyTorch 自己的 AVX2 和 fused 路径末位也不同。",
  },
  {
    en: "Adagrad with a sparse gradient steps as with the dense one, which rounds `lr · g / std` in another order than PyTorch's sparse path.",
    zh: "Adagrad 遇到稀疏梯度时按稠密梯度走，`lr · g / std` 的舍入顺序与 PyTorch 的稀疏路径不同。",
  },
  {
    en: "The eleven rules step on a GPU ([docs/gpu.md](docs/gpu.md)). LBFGS, Adafactor, Muon and SparseAdam step on the CPU, also where the GPU is the default device, and so do clipping and GradScaler: gradients are computed there.",
    zh: "十一条规则能在 GPU 上更新（[docs/gpu.zh.md](docs/gpu.zh.md)）。LBFGS、Adafactor、Muon、SparseAdam 在 CPU 上更新，默认设备是 GPU 时也一样；裁剪和 GradScaler 同样如此，因为梯度在那里计算。",
  },
  {
    en: "Schedulers set numbers: an optimizer whose `lr` is a tensor cannot be scheduled.",
    zh: "调度器只设置数：`lr` 是张量的优化器不能交给调度器。",
  },
  {
    en: "Tensors are float16, float32 and float64, real, contiguous; `x.size` is the number of elements (`numel()`), PyTorch's `x.size()` is `x.shape`. Where PyTorch's result is a view (reshape, transpose, slices) there is a copy here; only `detach()` shares memory.",
    zh: "张量只有 float16、float32 和 float64，实数，连续存放；`x.size` 是元素个数（`numel()`），PyTorch 的 `x.size()` 在这里是 `x.shape`。PyTorch 返回视图的地方（reshape、transpose、切片），这里是副本；只有 `detach()` 共享内存。",
  },
  {
    en: "In float16 every operation computes in float32 or finer and rounds its result once, and so does its way back; PyTorch rounds some formulas after each step. `autocast(() => ...)` does on the CPU what PyTorch's does on a GPU, in float16. Optimizers refuse float16 parameters, which PyTorch takes: keep them in float32 and compute inside `autocast`.",
    zh: "float16 的每个运算都用 float32 或更高精度计算，结果只舍入一次，反向也一样；PyTorch 有些公式每一步都舍入。`autocast(() => ...)` 在 CPU 上做 PyTorch 在 GPU 上做的事，用 float16。优化器不接受 float16 参数（PyTorch 接受）：参数留在 float32，在 `autocast` 里计算。",
  },
  {
    en: "A context manager of PyTorch's (`no_grad`, `autocast`, `swap_in_optimizer_params_and_state`) is a function here that takes what is to run. Not here: profiler hooks, complex parameters; the functions behind the classes, which PyTorch 2.14.1 keeps in the private `torch.optim._functional`.",
    zh: "PyTorch 的上下文管理器（`no_grad`、`autocast`、`swap_in_optimizer_params_and_state`）在这里是函数，把要运行的内容交给它。没有的：性能分析钩子、复数参数，以及类背后的函数（PyTorch 2.14.1 放在私有的 `torch.optim._functional` 里）。",
  },
];
