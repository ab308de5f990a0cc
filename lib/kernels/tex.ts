/** Expressions and statements as TeX, in the notation of the papers. */
import type { Expr } from "./parse.ts";
import type { Rule } from "./rule.ts";

/** TeX of names that mean the same in every rule; a rule's own `symbols` come first. */
export const commonSymbols: Readonly<Record<string, string>> = {
  theta: "\\theta",
  lr: "\\eta",
  momentum: "\\mu",
  dampening: "\\tau",
  weight_decay: "\\lambda",
  beta1: "\\beta_1",
  beta2: "\\beta_2",
  eps: "\\epsilon",
  rho: "\\rho",
  alpha: "\\alpha",
  first: "t = 1",
};

/** TeX of a name without an index. */
export function symbolOf(rule: Rule, name: string): string {
  const known = rule.symbols?.[name] ?? commonSymbols[name];
  if (known !== undefined) return known;
  return name.length === 1 ? name : `\\mathit{${name.replace(/_/g, "\\_")}}`;
}

/** Writes the lines of a rule one after the other, and knows which values are already new. */
export class TexWriter {
  readonly #rule: Rule;
  /** Parameter and state: what the previous step left is x_{t-1}, what this one made x_t. */
  readonly #kept: ReadonlySet<string>;
  #fresh = new Set<string>();
  /** Computed names without a symbol: they are written out where they are used. */
  #inline = new Map<string, Expr>();

  constructor(rule: Rule) {
    this.#rule = rule;
    const states = Object.values(rule.state).map(({ symbol }) => symbol);
    this.#kept = new Set(["theta", ...states.filter((symbol) => symbol !== "t")]);
  }

  /** `m_t \leftarrow ...` in its three parts, or null where nothing has to be written. */
  assignment(name: string, value: Expr): { target: string; value: string } | null {
    if (name === "t") return null;
    const known = this.#rule.symbols?.[name] ?? commonSymbols[name];
    if (!this.#kept.has(name) && name !== "g" && known === undefined) {
      this.#inline.set(name, this.#writtenOut(value));
      return null;
    }
    const text = this.expression(value);
    this.#inline.delete(name);
    this.#fresh.add(name);
    return { target: this.#name(name), value: text };
  }

  /** Runs both branches from the same start; afterwards what either made is new. */
  branches(then: () => void, other: () => void): void {
    const before = new Set(this.#fresh);
    then();
    const after = this.#fresh;
    this.#fresh = before;
    other();
    this.#fresh = new Set([...after, ...this.#fresh]);
  }

  isFresh(name: string): boolean {
    return this.#fresh.has(name);
  }

  expression(expr: Expr): string {
    return this.#print(expr, 0);
  }

  #writtenOut(expr: Expr): Expr {
    if (expr.kind === "name") return this.#inline.get(expr.name) ?? expr;
    if (expr.kind === "number") return expr;
    return { ...expr, args: expr.args.map((arg) => this.#writtenOut(arg)) };
  }

  #name(name: string): string {
    const symbol = symbolOf(this.#rule, name);
    if (name === "g") return "g_t";
    if (!this.#kept.has(name)) return symbol;
    return `${symbol}_${this.#fresh.has(name) ? "t" : "{t-1}"}`;
  }

  /** `outer`: 1 inside a sum's right side, 2 inside a product, 3 as the base of a power. */
  #print(expr: Expr, outer: number): string {
    if (expr.kind === "number") return number(expr.value);
    if (expr.kind === "name") {
      const inline = this.#inline.get(expr.name);
      return inline ? this.#print(inline, outer) : this.#name(expr.name);
    }
    const { op, args } = expr;
    const arg = (i: number, strength = 0) => this.#print(args[i]!, strength);
    const wrap = (own: number, text: string) => (own < outer ? `\\left(${text}\\right)` : text);
    if (op === "*" || op === "/") return wrap(2, this.#product(expr));
    if (op === "+") return wrap(0.5, `${arg(0)} + ${arg(1, 0.6)}`);
    if (op === "-") return wrap(0.5, `${arg(0)} - ${arg(1, 1)}`);
    if (op === "neg") return wrap(0.5, `-${arg(0, 1)}`);
    if (op === "**") return this.#power(arg(0, 3), args[1]!);
    if (op === "sqrt") return `\\sqrt{${arg(0)}}`;
    if (op === "abs") return `\\left|${arg(0)}\\right|`;
    if (op === "sign") return `\\operatorname{sign}\\left(${arg(0)}\\right)`;
    if (op === "min" || op === "max") return `\\${op}\\left(${arg(0)}, ${arg(1)}\\right)`;
    if (op === "float32") return this.#print(args[0]!, outer);
    if (op === "lerp") return wrap(0.5, this.#average(args[0]!, args[1]!, args[2]!));
    if (op === "where") return this.#cases(expr);
    if (op === "not") return `\\text{not } ${arg(0)}`;
    const relation = relations[op];
    if (relation !== undefined) return `${arg(0)} ${relation} ${arg(1)}`;
    return `${arg(0)} \\text{ ${op} } ${arg(1)}`;
  }

  /** `where` inside the last argument of `where` is one more case. */
  #cases(expr: Expr): string {
    const rows: string[] = [];
    let rest = expr;
    while (rest.kind === "call" && rest.op === "where") {
      const [condition, value, other] = rest.args as [Expr, Expr, Expr];
      rows.push(`${this.#print(value, 0)} & \\text{if } ${this.#print(condition, 0)}`);
      rest = other;
    }
    rows.push(`${this.#print(rest, 0)} & \\text{otherwise}`);
    return `\\begin{cases} ${rows.join(" \\\\ ")} \\end{cases}`;
  }

  /** `lerp(a, b, 1 - beta)` is the paper's beta a + (1 - beta) b. */
  #average(a: Expr, b: Expr, weight: Expr): string {
    const one: Expr = { kind: "number", value: 1 };
    const rest: Expr =
      weight.kind === "call" && weight.op === "-" && isNumber(weight.args[0]!, 1)
        ? weight.args[1]!
        : { kind: "call", op: "-", args: [one, weight] };
    return `${this.#print(rest, 2)} ${this.#print(a, 2)} + ${this.#print(weight, 2)} ${this.#print(b, 2)}`;
  }

  #power(base: string, exponent: Expr): string {
    if (isNumber(exponent, 0.5)) return `\\sqrt{${base}}`;
    return `${base}^{${this.expression(exponent)}}`;
  }

  /** A chain of products and quotients: a fraction ends at each division. */
  #product(expr: Expr): string {
    const chain: { factor: Expr; divides: boolean }[] = [];
    const collect = (expr: Expr, divides: boolean): void => {
      const inline = expr.kind === "name" ? this.#inline.get(expr.name) : undefined;
      if (inline !== undefined && !divides) return collect(inline, false);
      if (expr.kind === "call" && (expr.op === "*" || expr.op === "/") && !divides) {
        collect(expr.args[0]!, false);
        return collect(expr.args[1]!, expr.op === "/");
      }
      if (divides || !isNumber(expr, 1)) chain.push({ factor: expr, divides });
    };
    collect(expr, false);
    const parts: string[] = [];
    let open: Expr[] = [];
    for (const { factor, divides } of chain) {
      if (!divides) open.push(factor);
      else {
        const above = open.length === 1 ? this.#print(open[0]!, 0) : this.#factors(open);
        parts.push(`\\frac{${above || "1"}}{${this.#print(factor, 0)}}`);
        open = [];
      }
    }
    if (open.length > 0) parts.push(this.#factors(open));
    return parts.join(" \\, ");
  }

  /** Factors side by side; the same one twice is a square. */
  #factors(factors: readonly Expr[]): string {
    const texts: { text: string; times: number }[] = [];
    for (const factor of factors) {
      const text = this.#print(factor, 2.5);
      const last = texts.at(-1);
      if (last?.text === text) last.times++;
      else texts.push({ text, times: 1 });
    }
    return texts
      .map(({ text, times }, i) => {
        const square = times === 1 ? text : `${/_/.test(text) ? text : `{${text}}`}^${times}`;
        return i > 0 && /^\d/.test(square) ? `\\cdot ${square}` : square;
      })
      .join(" ");
  }
}

const relations: Readonly<Record<string, string>> = {
  "==": "=",
  "!=": "\\neq",
  "<": "<",
  ">": ">",
  "<=": "\\leq",
  ">=": "\\geq",
};

const isNumber = (expr: Expr, value: number) => expr.kind === "number" && expr.value === value;

function number(value: number): string {
  const [digits, exponent] = String(value).split("e");
  return exponent === undefined ? digits! : `${digits} \\cdot 10^{${Number(exponent)}}`;
}
