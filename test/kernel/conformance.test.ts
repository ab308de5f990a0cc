import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { installKernel } from "../../kernel/install.ts";
import { pythonWith } from "../need.ts";

/** Jupyter's own kernel tests, twelve of them, by the real jupyter_client. */
const SCRIPT = `
import unittest
import jupyter_kernel_test

class DownhillTests(jupyter_kernel_test.KernelTests):
    kernel_name = "downhill"
    language_name = "typescript"
    file_extension = ".ts"
    code_hello_world = "console.log('hello, world')"
    code_stderr = "console.error('oops')"
    completion_samples = [
        {"text": "'abc'.charCo", "matches": {"charCodeAt"}},
        {"text": "const made = tensor([1]); made.backw", "matches": {"backward"}},
    ]
    complete_code_samples = ["1", "const f = (a: number) => {\\n  return a;\\n}", "await f()", ""]
    incomplete_code_samples = ["function f() {", "\`text", "/* comment", "f(1,"]
    invalid_code_samples = ["let 1x", "'text", "a b c"]
    code_page_something = "tensor?"
    code_generate_error = "throw new Error('no')"
    code_execute_result = [
        {"code": "6 * 7", "result": "42"},
        {"code": "'a' + 'b'", "result": "'ab'"},
        {"code": "await Promise.resolve(1 + 2)", "result": "3"},
    ]
    code_display_data = [
        {"code": "display({ 'text/html': '<b>x</b>' }, { raw: true })", "mime": "text/html"},
        {"code": "display(figure({ marks: [Plot.dot([[1, 1]])] }, { caption: 'c', alt: 'a' }))",
         "mime": "image/png"},
    ]
    code_history_pattern = "6?*"
    supported_history_operations = ("tail", "range", "search")
    code_inspect_sample = "tensor"
    code_clear_output = "clear_output()"

unittest.main(verbosity=2)
`;

const test = suite("conformance");
const python = pythonWith("jupyter_kernel_test");

(python ? test : test.skip)("passes Jupyter's kernel tests, 12 of 12", () => {
  const folder = mkdtempSync(join(tmpdir(), "downhill-conformance-"));
  try {
    const JUPYTER_DATA_DIR = join(folder, "share", "jupyter");
    installKernel({ prefix: folder });
    const script = join(folder, "conformance.py");
    writeFileSync(script, SCRIPT);
    const env = { ...process.env, JUPYTER_DATA_DIR, HOME: folder };
    const run = spawnSync(python!, [script], { encoding: "utf8", env, timeout: 120_000 });
    assert.match(run.stderr, /Ran 12 tests/);
    assert.is(run.status, 0, run.stderr);
    assert.not.match(run.stderr, /skipped/);
    const left = readdirSync(folder).filter((each) => [".npm", ".cache"].includes(each));
    assert.equal(left, [], "the language server must not install packages");
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test.run();
