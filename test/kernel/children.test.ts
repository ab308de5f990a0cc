import { suite } from "uvu";
import * as assert from "uvu/assert";
import { TestKernel } from "./client.ts";

/** What child processes print belongs to the cell that starts them, as with ipykernel. */
const test = suite<{ kernel: TestKernel }>("children");

test.before(async (context) => {
  context.kernel = await TestKernel.start({ env: { DOWNHILL_TYPECHECK: "off" } });
  await context.kernel.execute(
    "import { exec, execFileSync, execSync, fork, spawn, spawnSync } from 'node:child_process';" +
      "const ended = (child) => new Promise((resolve) => child.on('close', resolve));",
  );
});
test.after(async (context) => {
  await context.kernel?.stop();
});

const BOTH = "'echo out; echo err >&2'";

/** A cell, its value, and what it prints. */
const cells: [source: string, result: string, stdout: string, stderr: string][] = [
  [`execSync(${BOTH}, { stdio: 'inherit' })`, "null", "out\n", "err\n"],
  [`execSync(${BOTH}).toString()`, "'out\\n'", "", "err\n"],
  [`spawnSync('sh', ['-c', ${BOTH}], { stdio: [0, 1, 2] }).status`, "0", "out\n", "err\n"],
  [
    `spawnSync('sh', ['-c', ${BOTH}], { stdio: ['ignore', 'inherit', 'pipe'] }).stderr.toString()`,
    "'err\\n'",
    "out\n",
    "",
  ],
  [
    `spawnSync('sh', ['-c', ${BOTH}], { stdio: ['ignore', process.stderr, 'ignore'] }).output`,
    "[ null, null, null ]",
    "",
    "out\n",
  ],
  ["execFileSync('cat', { input: '数😀' }).toString()", "'数😀'", "", ""],
  ["execSync('exit 3; ', { stdio: 'inherit' })", "", "", ""],
  ["spawnSync('no-such-program').error.code", "'ENOENT'", "", ""],
  ["spawnSync('sleep', ['9'], { timeout: 50 }).error.code", "'ETIMEDOUT'", "", ""],
  ["spawnSync('sleep', ['9'], { timeout: 50 }).signal", "'SIGTERM'", "", ""],
  ["spawnSync('yes', { maxBuffer: 100 }).error.code", "'ENOBUFS'", "", ""],
  [
    "spawnSync('yes | head -c 2000000', { shell: true, stdio: 'inherit' }).status",
    "0",
    "y\n".repeat(1e6),
    "",
  ],
  ["execSync('echo $A; pwd', { env: { A: 'a=b' }, cwd: '/' }).toString()", "'a=b\\n/\\n'", "", ""],
  [`await ended(spawn('sh', ['-c', ${BOTH}], { stdio: 'inherit' }))`, "0", "out\n", "err\n"],
  [
    `await ended(spawn('sh', ['-c', ${BOTH}], { stdio: ['ignore', 1, 'ignore'] }))`,
    "0",
    "out\n",
    "",
  ],
  ["spawn('true', { stdio: 'inherit' }).stdout", "null", "", ""],
  [
    "const piped = spawn('echo', ['x']); let got = ''; piped.stdout.on('data', (d) => got += d); await ended(piped); got",
    "'x\\n'",
    "",
    "",
  ],
  ["await new Promise((resolve) => exec('echo x', (e, out) => resolve(out)))", "'x\\n'", "", ""],
  [
    "require('fs').writeFileSync('child.cjs', 'console.log(\"forked\"); process.send(5); process.disconnect()');" +
      "const forked = fork('child.cjs'); const said = new Promise((r) => forked.on('message', r)); await ended(forked); await said",
    "5",
    "forked\n",
    "",
  ],
];

for (const [source, result, stdout, stderr] of cells) {
  test(source.slice(0, 90), async ({ kernel }) => {
    const run = await kernel.execute(source);
    if (result === "") {
      assert.is(run.reply.evalue, "Command failed: exit 3; ");
    } else {
      assert.is(run.reply.status, "ok", run.reply.evalue);
      assert.is(run.result, result);
    }
    assert.ok(run.stdout === stdout, run.stdout.slice(0, 200));
    assert.is(run.stderr, stderr);
  });
}

test("what is printed before, by, and after a child keeps its order", async ({ kernel }) => {
  const run = await kernel.execute(
    "console.log('before'); execSync('echo child', { stdio: 'inherit' }); console.log('after')",
  );
  assert.is(run.stdout, "before\nchild\nafter\n");
});

test("a child for which the cell waits is seen while it runs, and an interrupt ends it", async ({
  kernel,
}) => {
  for (const source of [
    "execSync('echo on; exec sleep 60', { stdio: 'inherit' })",
    "execSync('trap \"\" INT; echo on; sleep 60; sleep 60', { stdio: 'inherit' })",
  ]) {
    const id = await kernel.submit(source);
    await kernel.waitForText(id, "on");
    await kernel.request("interrupt_request", {}, "control");
    assert.is((await kernel.finished(id)).reply.ename, "KeyboardInterrupt");
    assert.is((await kernel.execute("1 + 1")).result, "2");
  }
});

test("a child that prints late prints under its own cell", async ({ kernel }) => {
  const { id } = await kernel.execute(
    "spawn('sh', ['-c', 'sleep 0.3; echo late child'], { stdio: 'inherit' }); 0",
  );
  await kernel.execute("'another cell'");
  const late = await kernel.wait("its text", (each) => each.content.text === "late child\n");
  assert.is(late.parent, id);
});

test.run();
