/** examples/sgd-momentum-nesterov as its reader meets it: compiled, self-checked, packed, installed. */
import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { fromRoot, root } from "../../root.ts";
import { type GoldenFile, golden, type Replayable, replay } from "./golden.ts";

type Class = new (groups: unknown, options: unknown) => Replayable;
interface Exports {
  SGDMomentumNesterov: Class;
  SGDMomentumNesterovRule: Class;
}

const test = suite<{ folder: string; exports: Exports }>("own optimizer");

test.before(async (context) => {
  const folder = mkdtempSync(join(tmpdir(), "downhill-own-optimizer-"));
  context.folder = folder;
  cpSync(fromRoot("examples", "sgd-momentum-nesterov"), folder, { recursive: true });
  const modules = join(folder, "node_modules");
  mkdirSync(modules);
  symlinkSync(root, join(modules, "downhill"));
  for (const name of readdirSync(fromRoot("node_modules"))) {
    if (/^(typescript|@typescript)$/.test(name)) {
      symlinkSync(fromRoot("node_modules", name), join(modules, name));
    }
  }
  const tsc = fromRoot("node_modules", "typescript", "bin", "tsc");
  const { status, stdout } = spawnSync(process.execPath, [tsc], { cwd: folder, encoding: "utf8" });
  if (status !== 0) console.log(stdout);
  assert.is(status, 0, "it compiles");
  const index = pathToFileURL(join(folder, "dist", "index.js")).href;
  context.exports = (await import(index)) as Exports;
});
test.after(({ folder }) => rmSync(folder, { recursive: true }));

test("its self-check finds nothing wrong", ({ folder }) => {
  const run = spawnSync(process.execPath, ["dist/self_check.js"], {
    cwd: folder,
    encoding: "utf8",
  });
  assert.is(run.status, 0, run.stdout + run.stderr);
  assert.ok(run.stdout.split("\n").filter((line) => line.startsWith("✓")).length >= 10);
  assert.not.match(run.stdout, "✗");
});

test("npm pack puts into the package what an import needs", ({ folder }) => {
  const arguments_ = ["pack", "--json", "--dry-run", "--ignore-scripts"];
  const packed = execFileSync("npm", arguments_, { cwd: folder, encoding: "utf8" });
  const [{ files }] = JSON.parse(packed) as [{ files: { path: string }[] }];
  const paths = files.map(({ path }) => path);
  for (const path of ["dist/index.js", "dist/index.d.ts", "dist/lists.js", "package.json"]) {
    assert.ok(paths.includes(path), path);
  }
  assert.not(paths.some((path) => path.startsWith("src/")));
});

const { inputs, cases } = golden<GoldenFile>("SGD");
const kwargsOf = (name: string) => cases.find((each) => each.name === name)!.kwargs;

/** What differs from the record, but the options, of which this class has others. */
function differences(Class: Class, extra: object, names: readonly string[]): string[] {
  return cases
    .filter(({ name }) => names.includes(name))
    .flatMap((recorded) => {
      const make = (groups: unknown, kwargs: object) => new Class(groups, { ...kwargs, ...extra });
      return replay(inputs[recorded.inputs]!, recorded, make).filter(
        (text) => !text.startsWith(`${recorded.name} group`),
      );
    });
}

const all = cases.map(({ name }) => name);
/** The rule has neither dampening nor maximize, and keeps a buffer that is never used without momentum. */
const ruled = all.filter((name) => {
  const { dampening, maximize, momentum } = kwargsOf(name);
  const groups = cases.find((each) => each.name === name)!.groups;
  const everywhere = Boolean(momentum) && groups.every((group) => group.momentum !== 0);
  return everywhere && !dampening && !maximize && !groups.some((group) => "dampening" in group);
});

for (const extra of [{}, { foreach: true }]) {
  test(`PyTorch's recorded SGD, bit by bit, ${JSON.stringify(extra)}`, ({ exports }) => {
    assert.equal(differences(exports.SGDMomentumNesterov, extra, all), []);
  });
}

test("the rule: PyTorch's recorded SGD, bit by bit", ({ exports }) => {
  assert.ok(ruled.length >= 3, ruled.join());
  assert.equal(differences(exports.SGDMomentumNesterovRule, {}, ruled), []);
});

test("the record notices a learning rate that is two units of float32 off", ({ exports }) => {
  class Other extends exports.SGDMomentumNesterov {
    override step(): void {
      const groups = this.param_groups as unknown as { lr: number }[];
      for (const group of groups) group.lr *= 1 + 2 ** -22;
      super.step();
      for (const group of groups) group.lr /= 1 + 2 ** -22;
    }
  }
  assert.ok(differences(Other, {}, all).length > 0);
});

test.run();
