/** What FEATURES.md says, read from the classes themselves and from the recorded numbers. */
import { readFileSync } from "node:fs";
import { Tensor, tensor } from "../../lib/autograd/index.ts";
import * as optim from "../../lib/optim/index.ts";
import { required } from "../../lib/optim/keywords.ts";
import { fromRoot } from "../../root.ts";
import { differences, type Lang, words } from "./features-texts.ts";

type Values = Record<string, unknown>;
type Class = (new (params: unknown, options?: object) => optim.SGD) & {
  rule?: { defaults: Values };
  defaults?: Values;
};
const exported = optim as unknown as Record<string, Class>;

/** PyTorch's optimizers in reading order, with options that show state which the defaults do not. */
export const optimizers: Readonly<Record<string, readonly Values[]>> = {
  SGD: [{ momentum: 0.9 }],
  Adagrad: [],
  Adadelta: [],
  RMSprop: [{ momentum: 0.9 }, { centered: true }],
  Adam: [{ amsgrad: true }],
  AdamW: [{ amsgrad: true }],
  Adamax: [],
  NAdam: [],
  RAdam: [],
  Rprop: [],
  ASGD: [],
  LBFGS: [],
  Adafactor: [],
  Muon: [],
  SparseAdam: [],
};

export function defaultsOf(name: string): Values {
  const { rule, defaults } = exported[name]!;
  return (rule?.defaults ?? defaults)!;
}

interface Key {
  name: string;
  kind: string;
  eager: boolean;
  /** The option without which it is not there. */
  only?: string;
}

/** State of a matrix and a vector of float64, and whether it was there before the first step. */
function stateOf(name: string, options: Values, lang: Lang): Key[] {
  const matrix = tensor(
    [
      [1, 2, 3],
      [4, 5, 6],
    ],
    { dtype: "float64", requires_grad: true },
  );
  const vector = tensor([1], { dtype: "float64", requires_grad: true });
  const params = name === "Muon" ? [matrix] : [matrix, vector];
  const opt = new exported[name]!(params, options);
  const before = new Set([...opt.state.values()].flatMap((state) => Object.keys(state)));
  for (let step = 0; step < 2; step++) {
    const closure = () => {
      for (const param of params) param.grad = param.detach();
      if (name === "SparseAdam") {
        matrix.grad = optim.sparse_coo_tensor([[0, 1]], matrix.detach(), [2, 3]);
        vector.grad = optim.sparse_coo_tensor([[0]], vector.detach(), [1]);
      }
      return matrix.detach().pow(2).sum();
    };
    opt.step(closure);
  }
  const keys = new Map<string, Key>();
  for (const [param, state] of opt.state) {
    for (const [key, value] of Object.entries(state)) {
      if (!keys.has(key)) {
        keys.set(key, { name: key, kind: kindOf(value, param, lang), eager: before.has(key) });
      }
    }
  }
  return [...keys.values()];
}

function kindOf(value: unknown, param: Tensor, lang: Lang): string {
  if (Array.isArray(value)) return words.list[lang];
  if (!(value instanceof Tensor)) return words.number[lang];
  if (value.shape.join() === param.shape.join()) return words.likeParameter[lang];
  const dtype = value.dtype === param.dtype ? words.itsDtype[lang] : value.dtype;
  return value.shape.length === 0
    ? `${words.scalar[lang]}, ${dtype}`
    : `${words.own[lang]}, ${dtype}`;
}

/** All state, each key with the option that it needs. */
function allState(name: string, lang: Lang): Key[] {
  const plain = stateOf(name, {}, lang);
  const more = optimizers[name]!.flatMap((options) =>
    stateOf(name, options, lang)
      .filter((key) => !plain.some((other) => other.name === key.name))
      .map((key) => ({ ...key, only: Object.keys(options)[0]! })),
  );
  return [...plain, ...more];
}

export function shown(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(shown).join(", ")}]`;
  return typeof value === "string" ? `"${value}"` : String(value);
}

const line = (cells: string[]) => `| ${cells.join(" | ")} |`;
const table = (head: string[], rows: string[][]) =>
  [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
const code = (text: string) => `\`${text}\``;

function optimizerRows(lang: Lang): string[][] {
  return Object.keys(optimizers).flatMap((name) => [
    ...Object.entries(defaultsOf(name)).map(([key, value]) => [
      code(name),
      code(key),
      words.option[lang],
      code(shown(value)),
    ]),
    ...allState(name, lang).map(({ name: key, kind, eager, only }) => {
      const when = eager ? words.eager[lang] : words.lazy[lang];
      return [code(name), code(key), only ? `${words.stateWith[lang]} ${code(only)}` : words.state[lang], `${kind}; ${when}`]; // prettier-ignore
    }),
  ]);
}

/** The options of a class or function with their defaults, as its own error carries them. */
function optionsOf(make: () => unknown): Values {
  try {
    make();
  } catch (error) {
    const { defaults } = error as { defaults?: Values };
    if (defaults !== undefined) return defaults;
  }
  return {};
}

/** The same of a function without an options object, from its text. */
function parametersOf(fn: (...args: never[]) => unknown): Values {
  const [, list = ""] = /^(?:async )?function \w*\(([^)]*)\)/.exec(String(fn)) ?? [];
  const parameters = list.split(",").map((each) => each.trim().split(" = "));
  return Object.fromEntries(
    parameters
      .filter(([name]) => name)
      .map(([name, value]) => [name!, value ? JSON.parse(value) : required]),
  );
}

type Anything = (...args: unknown[]) => unknown;
type Constructor = new (...args: unknown[]) => unknown;
const odd = { "no such option": 1 };
const call = (fn: unknown, ...args: unknown[]) => optionsOf(() => (fn as Anything)(...args));
const make = (C: unknown, ...args: unknown[]) => optionsOf(() => new (C as Constructor)(...args));

export const schedulers: Readonly<Record<string, Values>> = (() => {
  const w = tensor([1], { requires_grad: true });
  const opt = new optim.SGD([w], { lr: 0.1, momentum: 0.9 });
  const found = Object.entries(optim.lr_scheduler)
    .filter(([name]) => name !== "LRScheduler")
    .map(([name, Scheduler]): [string, Values] => {
      const first = name === "ChainedScheduler" ? { schedulers: required } : {};
      return [name, { ...first, ...make(Scheduler, opt, odd) }];
    });
  return Object.fromEntries(found);
})();

export const averaging: Readonly<Record<string, Values>> = (() => {
  const w = tensor([1], { requires_grad: true });
  const opt = new optim.SGD([w], { lr: 0.1 });
  const { AveragedModel, SWALR, ...functions } = optim.swa_utils;
  return {
    AveragedModel: { model: required, ...make(AveragedModel, [w], odd) },
    SWALR: make(SWALR, opt, odd),
    ...Object.fromEntries(
      Object.entries(functions).map(([name, fn]) => [name, parametersOf(fn)] as const),
    ),
  };
})();

export const others: Readonly<Record<string, Values>> = (() => {
  const w = tensor([1], { requires_grad: true });
  w.grad = tensor([1]);
  return {
    get_total_norm: { tensors: required, ...call(optim.get_total_norm, [w], odd) },
    clip_grad_norm_: {
      parameters: required,
      max_norm: required,
      ...call(optim.clip_grad_norm_, [w], 1, odd),
    },
    clip_grads_with_norm_: parametersOf(optim.clip_grads_with_norm_),
    clip_grad_value_: parametersOf(optim.clip_grad_value_),
    GradScaler: make(optim.GradScaler, odd),
    autocast: { fn: required, dtype: "float16", enabled: true },
    swap_in_optimizer_params_and_state: parametersOf(optim.swap_in_optimizer_params_and_state),
  };
})();

const listed = (options: Values) =>
  Object.entries(options)
    .map(([name, value]) => code(value === required ? name : `${name} = ${shown(value)}`))
    .join(", ");

const schedulerRows = () =>
  Object.entries(schedulers).map(([name, options]) => [code(name), listed(options)]);

function otherRows(): string[][] {
  const all = [
    ...Object.entries(averaging).map(([name, options]) => [`swa_utils.${name}`, options] as const),
    ...Object.entries(others),
  ];
  return all.map(([name, options]) => [code(name), listed(options)]);
}

/** How many cases a file has, and what is compared. */
const evidence: Readonly<
  Record<string, "bits" | "pow" | "ulp" | "text" | "loss" | "calls" | "unit" | "half" | "odd">
> = {
  ...Object.fromEntries(Object.keys(optimizers).map((name) => [name, "bits" as const])),
  LBFGS: "calls",
  Adafactor: "pow",
  state_dict: "bits",
  swa_utils: "bits",
  clip_grad: "bits",
  grad_scaler: "bits",
  schedulers: "ulp",
  errors: "text",
  digits: "loss",
  batch_norm: "unit",
  float16: "half",
  odd: "odd",
};

function evidenceRows(lang: Lang): string[][] {
  return Object.entries(evidence).map(([name, how]) => {
    const text = readFileSync(fromRoot("test", "golden", `${name}.json`), "utf8");
    const file = JSON.parse(text) as Record<string, object>;
    const lists = [
      file.classes,
      file.cases,
      file.construct,
      file.runtime,
      file.schedulers,
      file.runs,
    ];
    const count = lists.reduce((sum, list) => sum + Object.keys(list ?? {}).length, 0);
    return [code(`test/golden/${name}.json`), String(count), words[how][lang]];
  });
}

/** The page in one language. */
export function features(lang: Lang): string {
  const w = words;
  return [
    `# ${w.title[lang]}`,
    w.otherLanguage[lang],
    w.intro[lang],
    `## ${w.optimizers[lang]}`,
    w.optimizersIntro[lang],
    table([w.class[lang], w.name[lang], w.what[lang], w.value[lang]], optimizerRows(lang)),
    `## ${w.everywhere[lang]}`,
    w.everywhereText[lang],
    `## ${w.schedulers[lang]}`,
    table([w.class[lang], w.options[lang]], schedulerRows()),
    `## ${w.others[lang]}`,
    table([w.name[lang], w.options[lang]], otherRows()),
    `## ${w.evidence[lang]}`,
    w.evidenceIntro[lang],
    table([w.file[lang], w.cases[lang], w.compared[lang]], evidenceRows(lang)),
    `## ${w.differences[lang]}`,
    differences.map(({ [lang]: text }) => `- ${text}`).join("\n"),
  ].join("\n\n");
}
