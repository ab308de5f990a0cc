import { parse } from "acorn";
import type * as acorn from "acorn";
import MagicString from "magic-string";
import { CELL } from "../bridge.ts";
import { importCall } from "./rewrite-imports.ts";
import { renameShadowed } from "./shadow.ts";
import { children, declaredNames, isFunction, usedNames } from "./syntax.ts";

/**
 * Turns a transpiled module into a script for `Runtime.evaluate` in REPL mode:
 *
 * - static imports become awaited calls, `import()` and `import.meta` go through the session;
 * - every top-level `const`, `var` and `function` becomes a `let`, because V8 refuses to redeclare
 *   a name as another kind (`const x` then `let x`) even in REPL mode;
 * - the value of a last expression statement is handed to the session;
 * - an `await` asks the session first, so that an interrupt can end it;
 * - names of the language's own globals are kept apart from the real ones (see shadow.ts).
 */
export function rewrite(js: string, name: string, shadowed: Set<string>): Rewritten {
  const program = parseModule(js);
  const renamed = renameShadowed(js, program, shadowed);
  if (renamed === undefined) return rewriteProgram(js, program, name);
  const text = renamed.toString();
  const { code, maps, variables } = rewriteProgram(text, parseModule(text), name);
  return { code, maps: [...maps, mapOf(renamed, name)], variables };
}

function parseModule(js: string): acorn.Program {
  return parse(js, {
    // What Node 20 can run: without `using`, which is left to the transpiler.
    ecmaVersion: 2025,
    sourceType: "module",
    allowAwaitOutsideFunction: true,
  });
}

function rewriteProgram(js: string, program: acorn.Program, name: string): Rewritten {
  const rewriting = new Rewriting(js, program);
  for (const statement of program.body) rewriting.statement(statement);
  rewriting.result(program.body);
  const text = rewriting.finish();
  const code = `${text.toString()}\n;void 0;\n//# sourceURL=${name}`;
  return { code, maps: [mapOf(text, name)], variables: rewriting.variables };
}

function mapOf(text: MagicString, source: string): string {
  return text.generateMap({ hires: "boundary", source, includeContent: false }).toString();
}

export interface Rewritten {
  code: string;
  /** Source maps back to the JavaScript, to be followed one after the other. */
  maps: string[];
  /** Names declared by `let` and `var` at the top. */
  variables: string[];
}

type Body = (acorn.Statement | acorn.ModuleDeclaration)[];

const STATEMENT_LISTS = new Set(["BlockStatement", "StaticBlock", "SwitchCase"]);

/** Statements that do not stand between an expression and the end of a cell. */
const VALUELESS = new Set([
  "EmptyStatement",
  "ExportAllDeclaration",
  "ExportNamedDeclaration",
  "FunctionDeclaration",
  "ImportDeclaration",
]);

class Rewriting {
  readonly variables: string[] = [];
  readonly #program: acorn.Program;
  readonly #text: MagicString;
  readonly #used: ReadonlySet<string>;
  readonly #imports: acorn.Node[] = [];
  readonly #declared = new Set<string>();
  readonly #enums = new Set<string>();
  readonly #functions: acorn.FunctionDeclaration[] = [];

  constructor(js: string, program: acorn.Program) {
    this.#program = program;
    this.#text = new MagicString(js);
    this.#used = usedNames(program);
  }

  statement(node: acorn.Statement | acorn.ModuleDeclaration): void {
    switch (node.type) {
      case "ImportDeclaration":
      case "ExportAllDeclaration":
        this.#import(node);
        return;
      case "ExportNamedDeclaration":
        if (node.source) this.#import(node);
        else if (node.declaration) this.#unwrap(node, node.declaration);
        else this.#text.remove(node.start, node.end);
        return;
      case "ExportDefaultDeclaration":
        this.#exportDefault(node);
        return;
      case "FunctionDeclaration":
        this.#hoist(node);
        return;
      case "VariableDeclaration":
        if (node.kind === "const") this.#text.update(node.start, node.start + 5, "let");
        if (node.kind === "let") this.variables.push(...declaredNames(node));
        this.#visit(node, 0);
        return;
      default:
        this.#visit(node, 0);
    }
  }

  /** Hands over the value of the last statement, if it is an expression of the user's. */
  result(body: Body): void {
    const last = body.findLast((node) => !VALUELESS.has(node.type));
    if (last?.type === "TryStatement" && this.#isUsingBlock(last)) this.result(last.block.body);
    if (last?.type !== "ExpressionStatement" || isHelperCall(last.expression)) return;
    this.#text.prependRight(last.expression.start, `await ${CELL}.result((`);
    this.#text.appendLeft(last.expression.end, "))");
  }

  /** `using` is transpiled to a `try` around the rest of the cell. */
  #isUsingBlock({ finalizer }: acorn.TryStatement): boolean {
    if (!finalizer) return false;
    return this.#text.original.slice(finalizer.start, finalizer.end).includes("__callDispose(");
  }

  finish(): MagicString {
    const names = [...this.#declared];
    const declarations = names.length > 0 ? `let ${names.join(", ")};` : "";
    this.#hoistImports();
    for (const { start, end } of this.#functions) if (start > 0) this.#text.move(start, end, 0);
    this.#text.prepend(`"use strict";${declarations}`);
    return this.#text;
  }

  /** Imports come before everything else, in their own order. */
  #hoistImports(): void {
    const { body } = this.#program;
    const top = body.findIndex((node) => !this.#imports.includes(node));
    const place = body[top]?.start;
    if (place === undefined) return;
    for (const { start, end } of this.#imports)
      if (start > place) this.#text.move(start, end, place);
  }

  #import(
    node: acorn.ImportDeclaration | acorn.ExportAllDeclaration | acorn.ExportNamedDeclaration,
  ): void {
    this.#imports.push(node);
    this.#text.update(node.start, node.end, importCall(node, CELL, this.#used));
  }

  #unwrap(outer: acorn.Node, inner: acorn.Declaration): void {
    this.#text.remove(outer.start, inner.start);
    this.statement(inner);
  }

  #exportDefault(node: acorn.ExportDefaultDeclaration): void {
    const { declaration } = node;
    if ("id" in declaration && declaration.id !== null) {
      this.#unwrap(node, declaration as acorn.Declaration);
    } else {
      this.#text.update(node.start, declaration.start, ";(");
      this.#text.appendLeft(declaration.end, ")");
      this.#visit(declaration, 0);
    }
  }

  /** A function is usable before its line, so its assignment moves to the top. */
  #hoist(node: acorn.FunctionDeclaration): void {
    this.#declared.add(node.id.name);
    this.#text.prependRight(node.start, `${node.id.name} = `);
    this.#text.remove(node.id.start, node.id.end);
    this.#text.appendLeft(node.end, ";");
    // Where it stood, it kept the statements before and after it apart.
    if (node.end < this.#text.original.length) this.#text.appendRight(node.end, ";");
    this.#functions.push(node);
    this.#visit(node, 0);
  }

  /**
   * `depth` counts the functions around the node: `var` and `await` differ at depth 0. `inList`:
   * whether statements stand before and after it, as in a block.
   */
  #visit(node: acorn.AnyNode, depth: number, inList = true): void {
    switch (node.type) {
      case "ImportExpression":
        this.#text.update(node.start, node.start + "import".length, `${CELL}.import`);
        break;
      case "MetaProperty":
        if (node.meta.name === "import") this.#text.update(node.start, node.end, `${CELL}.meta`);
        break;
      case "AwaitExpression": {
        const method = depth === 0 ? "await" : "resume";
        this.#text.appendLeft(node.start + "await".length, ` ${CELL}.${method}(`);
        this.#text.appendLeft(node.end, ")");
        break;
      }
      case "VariableDeclaration":
        if (node.kind === "var" && depth === 0) this.#var(node, inList);
        break;
      case "ForStatement":
      case "ForInStatement":
      case "ForOfStatement":
        if (node.type === "ForOfStatement" && node.await) this.#forAwait(node, depth);
        if (depth === 0) this.#forVar(node);
        break;
      default:
    }
    const inside = isFunction(node) ? depth + 1 : depth;
    const lists = STATEMENT_LISTS.has(node.type);
    for (const child of children(node)) this.#visit(child, inside, lists);
  }

  /** `var a = 1, { b } = o;` becomes `a = 1, { b } = o;` beside a `let a, b;` at the top. */
  #var(node: acorn.VariableDeclaration, inList: boolean): void {
    this.#declareVar(node);
    const assigned = node.declarations.filter((each) => each.init);
    if (assigned.length === 0) {
      this.#text.remove(node.start, node.end);
      if (this.#text.original[node.end - 1] === ";") this.#text.appendLeft(node.end, ";");
      return;
    }
    // The line before may end without a semicolon; then it would be called.
    this.#text.update(node.start, node.start + "var".length, inList ? ";(" : "(");
    for (const declaration of node.declarations) this.#initialise(declaration);
    this.#text.appendLeft(node.declarations.at(-1)!.end, ")");
  }

  #declareVar(node: acorn.VariableDeclaration): void {
    const names = declaredNames(node);
    for (const name of names) this.#declared.add(name);
    this.variables.push(...names);
  }

  /** An enum or namespace starts anew when its cell runs again, instead of merging with itself. */
  #initialise(declaration: acorn.VariableDeclarator): void {
    if (declaration.id.type !== "Identifier") return;
    const { name } = declaration.id;
    if (!declaration.init) this.#text.appendLeft(declaration.end, " = void 0");
    const call = declaration.init;
    if (call?.type !== "CallExpression" || this.#enums.has(name)) return;
    const [argument] = call.arguments;
    if (argument?.type !== "LogicalExpression" || argument.left.type !== "Identifier") return;
    if (argument.left.name !== name) return;
    this.#enums.add(name);
    this.#text.update(argument.left.start, argument.left.end, "void 0");
  }

  #forAwait({ right }: acorn.ForOfStatement, depth: number): void {
    const method = depth === 0 ? "iterate" : "resumeEach";
    this.#text.appendLeft(right.start, `${CELL}.${method}(`);
    this.#text.appendLeft(right.end, ")");
  }

  /** In the head of a loop only the word `var` goes: `for (var i = 0;;)`, `for (var x of xs)`. */
  #forVar(node: acorn.ForStatement | acorn.ForInStatement | acorn.ForOfStatement): void {
    const head = node.type === "ForStatement" ? node.init : node.left;
    if (head?.type !== "VariableDeclaration" || head.kind !== "var") return;
    if (node.type === "ForStatement") return;
    this.#declareVar(head);
    this.#text.remove(head.start, head.start + "var".length);
    head.kind = "let";
  }
}

/** What the transpiler appends for decorators and `using`: `__decorateElement(...)`. */
function isHelperCall(node: acorn.Expression): boolean {
  if (node.type !== "CallExpression" || node.callee.type !== "Identifier") return false;
  return /^__(decorat|runInit|callDispose|publicField|privateAdd)/.test(node.callee.name);
}
