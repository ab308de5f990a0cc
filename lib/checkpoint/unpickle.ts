/**
 * A pickle is a program for a small stack machine. This one knows the instructions that build data;
 * the two that reach outside, GLOBAL and REDUCE, are answered from the table in globals.ts.
 *
 * Source: the comments of Python's `Lib/pickletools.py`, protocols 2 to 5.
 */
import { CheckpointError } from "./errors.ts";
import { call, findGlobal, storageOf } from "./globals.ts";
import { describe, isKind, type Py, setItem, type StorageRef } from "./python.ts";
import { Reader } from "./reader.ts";

/** Longer integers than any Python prints without being told to. */
const MAX_INT_BYTES = 2048;

/** Memory that a pickle may take, in slots of 8 bytes: enough for some 50,000 tensors. */
const MAX_SLOTS = 2 ** 24;
const CONTAINER_SLOTS = 8;
const DICT_SLOTS = 32;

class Machine {
  readonly reader: Reader;
  readonly memo = new Map<number, Py>();
  /** The storages that the pickle mentions, by key. */
  readonly storages = new Map<string, StorageRef>();
  stack: Py[] = [];
  readonly #marked: Py[][] = [];
  #slots = MAX_SLOTS;

  constructor(reader: Reader) {
    this.reader = reader;
  }

  push(value: Py): void {
    const slots = isKind(value, "dict") ? DICT_SLOTS : CONTAINER_SLOTS;
    this.#take(typeof value === "object" && value !== null ? slots : 1);
    this.stack.push(value);
  }

  pop(): Py {
    const value = this.stack.pop();
    if (value === undefined) throw new CheckpointError("pickle: takes a value that is not there");
    return value;
  }

  top(): Py {
    const value = this.pop();
    this.stack.push(value);
    return value;
  }

  mark(): void {
    this.#take(CONTAINER_SLOTS);
    this.#marked.push(this.stack);
    this.stack = [];
  }

  /** What was pushed since the mark. */
  popMark(): Py[] {
    const items = this.stack;
    const before = this.#marked.pop();
    if (before === undefined) throw new CheckpointError("pickle: takes a mark that is not there");
    this.stack = before;
    return items;
  }

  get(place: number): void {
    const value = this.memo.get(place);
    if (value === undefined) throw new CheckpointError(`pickle: memo ${place} was never filled`);
    this.push(value);
  }

  put(place: number): void {
    this.#take(CONTAINER_SLOTS);
    this.memo.set(place, this.top());
  }

  tuple(count: number): void {
    const items = Array.from({ length: count }, () => this.pop()).reverse();
    this.push({ kind: "tuple", items });
  }

  append(kind: "list" | "set", items: Py[]): void {
    const target = this.top();
    if (!isKind(target, kind)) throw this.misfit(`adds to a ${kind}`, target);
    for (const item of items) target.items.push(item);
  }

  setItems(items: Py[]): void {
    const target = this.top();
    if (!isKind(target, "dict")) throw this.misfit("sets keys of a dict", target);
    if (items.length % 2 !== 0) throw new CheckpointError("pickle: a dict key without a value");
    this.#take((items.length / 2) * CONTAINER_SLOTS);
    for (let i = 0; i < items.length; i += 2) setItem(target, items[i]!, items[i + 1]!);
  }

  storage(id: Py): void {
    const storage = storageOf(id);
    this.storages.set(storage.key, storage);
    this.push(storage);
  }

  #take(slots: number): void {
    this.#slots -= slots;
    if (this.#slots >= 0) return;
    throw new CheckpointError(
      "pickle: builds more values than fit in memory. Keep long lists of numbers in a tensor",
    );
  }

  misfit(wants: string, target: Py): CheckpointError {
    return new CheckpointError(`pickle: ${wants}, but finds ${describe(target)}`);
  }
}

type Run = (machine: Machine, reader: Reader) => void;

/** Code, name and meaning, in the order of pickletools. */
const opcodes: [code: number | string, name: string, run: Run][] = [
  ["J", "BININT", (m, r) => m.push(r.i32())],
  ["K", "BININT1", (m, r) => m.push(r.u8())],
  ["M", "BININT2", (m, r) => m.push(r.u16())],
  [0x8a, "LONG1", (m, r) => m.push(integer(r.take(r.u8())))],
  [0x8b, "LONG4", (m, r) => m.push(integer(r.take(r.u32())))],
  ["N", "NONE", (m) => m.push(null)],
  [0x88, "NEWTRUE", (m) => m.push(true)],
  [0x89, "NEWFALSE", (m) => m.push(false)],
  ["X", "BINUNICODE", (m, r) => m.push(r.text(r.u32()))],
  [0x8c, "SHORT_BINUNICODE", (m, r) => m.push(r.text(r.u8()))],
  [0x8d, "BINUNICODE8", (m, r) => m.push(r.text(r.u64()))],
  ["G", "BINFLOAT", (m, r) => m.push(r.f64BigEndian())],
  ["]", "EMPTY_LIST", (m) => m.push({ kind: "list", items: [] })],
  ["a", "APPEND", (m) => m.append("list", [m.pop()])],
  ["e", "APPENDS", (m) => m.append("list", m.popMark())],
  [")", "EMPTY_TUPLE", (m) => m.tuple(0)],
  ["t", "TUPLE", (m) => m.push({ kind: "tuple", items: m.popMark() })],
  [0x85, "TUPLE1", (m) => m.tuple(1)],
  [0x86, "TUPLE2", (m) => m.tuple(2)],
  [0x87, "TUPLE3", (m) => m.tuple(3)],
  ["}", "EMPTY_DICT", (m) => m.push({ kind: "dict", entries: new Map() })],
  ["s", "SETITEM", (m) => m.setItems([m.pop(), m.pop()].reverse())],
  ["u", "SETITEMS", (m) => m.setItems(m.popMark())],
  [0x8f, "EMPTY_SET", (m) => m.push({ kind: "set", items: [] })],
  [0x90, "ADDITEMS", (m) => m.append("set", m.popMark())],
  ["0", "POP", (m) => void m.pop()],
  ["2", "DUP", (m) => m.push(m.top())],
  ["(", "MARK", (m) => m.mark()],
  ["1", "POP_MARK", (m) => void m.popMark()],
  ["h", "BINGET", (m, r) => m.get(r.u8())],
  ["j", "LONG_BINGET", (m, r) => m.get(r.u32())],
  ["q", "BINPUT", (m, r) => m.put(r.u8())],
  ["r", "LONG_BINPUT", (m, r) => m.put(r.u32())],
  [0x94, "MEMOIZE", (m) => m.put(m.memo.size)],
  ["c", "GLOBAL", (m, r) => m.push(findGlobal(r.line(), r.line()))],
  [0x93, "STACK_GLOBAL", (m) => m.push(stackGlobal(m.pop(), m.pop()))],
  ["R", "REDUCE", (m) => m.push(((args) => call(m.pop(), args))(m.pop()))],
  ["b", "BUILD", (m) => dropAttributes(m.pop(), m.top())],
  [0x80, "PROTO", (_, r) => checkProtocol(r.u8())],
  [0x95, "FRAME", (_, r) => void r.u64()],
  ["Q", "BINPERSID", (m) => m.storage(m.pop())],
];

/** Instructions that no state dict uses: they make objects of classes, or are of protocol 0, 1. */
const refused: Record<string, number | string> = {
  ...{ INT: "I", LONG: "L", STRING: "S", BINSTRING: "T", SHORT_BINSTRING: "U", UNICODE: "V" },
  ...{ BINBYTES: "B", SHORT_BINBYTES: "C", BINBYTES8: 0x8e, BYTEARRAY8: 0x96, FLOAT: "F" },
  ...{ NEXT_BUFFER: 0x97, READONLY_BUFFER: 0x98, LIST: "l", DICT: "d", FROZENSET: 0x91 },
  ...{ GET: "g", PUT: "p", PERSID: "P", EXT1: 0x82, EXT2: 0x83, EXT4: 0x84 },
  ...{ OBJ: "o", INST: "i", NEWOBJ: 0x81, NEWOBJ_EX: 0x92 },
};

const STOP = byteOf(".");
const runs = new Map(opcodes.map(([code, , run]) => [byteOf(code), run]));
const refusedNames = new Map(Object.entries(refused).map(([name, code]) => [byteOf(code), name]));

function byteOf(code: number | string): number {
  return typeof code === "string" ? code.charCodeAt(0) : code;
}

export interface Unpickled {
  value: Py;
  storages: Map<string, StorageRef>;
}

/** Runs one pickle from where the reader stands to its STOP. */
export function unpickle(reader: Reader): Unpickled {
  const machine = new Machine(reader);
  for (let code = reader.u8(); code !== STOP; code = reader.u8()) {
    const run = runs.get(code);
    if (run === undefined) throw unsupported(code, reader);
    run(machine, reader);
  }
  return { value: machine.pop(), storages: machine.storages };
}

function unsupported(code: number, reader: Reader): CheckpointError {
  const at = reader.at - 1;
  const name = refusedNames.get(code);
  if (name === undefined) {
    const hex = code.toString(16).padStart(2, "0");
    return new CheckpointError(`pickle: 0x${hex} at byte ${at} is no opcode. The file is damaged`);
  }
  const target = name === "INST" ? ` of ${reader.line()}.${reader.line()}` : "";
  return new CheckpointError(
    `refused: opcode ${name}${target} at byte ${at}. A state dict saved by torch.save with ` +
      "protocol 2 or later does not use it; nothing of it was run",
  );
}

function stackGlobal(name: Py, module: Py) {
  if (typeof name === "string" && typeof module === "string") return findGlobal(module, name);
  throw new CheckpointError(`pickle: a class is named by ${describe(module)}, ${describe(name)}`);
}

/** An OrderedDict may carry attributes: a module's state_dict has `_metadata`, version numbers. */
function dropAttributes(state: Py, target: Py): void {
  if (isKind(target, "dict") && isKind(state, "dict")) return;
  throw new CheckpointError(`refused: opcode BUILD on ${describe(target)}`);
}

function checkProtocol(version: number): void {
  if (version >= 2 && version <= 5) return;
  throw new CheckpointError(`pickle: protocol ${version}. Protocols 2 to 5 are known`);
}

/** Two's complement, low byte first. */
function integer(bytes: Uint8Array): number | bigint {
  if (bytes.length > MAX_INT_BYTES) {
    throw new CheckpointError(
      `pickle: an int of ${bytes.length} bytes. At most ${MAX_INT_BYTES} are read`,
    );
  }
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).reverse();
  const value = BigInt.asIntN(bytes.length * 8, BigInt(`0x0${hex.join("")}`));
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}
