/** What the server keeps between runs: settings, layouts, configuration; and what it says. */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { startLab } from "../../lab/server/index.ts";
import { newFolder, startTestLab } from "./lab.ts";

const PLUGIN = "@jupyterlab/notebook-extension:tracker";

/** A front end of one extension. */
function newApp(): string {
  return newFolder({
    "app.json": JSON.stringify({ version: "4.6.4", entry: "lab.0123456789abcdef.js", sources: "" }),
    "overrides.json": JSON.stringify({ [PLUGIN]: { windowingMode: "defer" } }),
    "schemas/@jupyterlab/notebook-extension/tracker.json": JSON.stringify({
      title: "Notebook",
      properties: { windowingMode: { type: "string", default: "full" } },
    }),
    "translations/zh_CN/a.json": JSON.stringify({ File: "文件" }),
    "translations/zh_CN/b.json": JSON.stringify({ "%1 file": ["一个文件", "%1 个文件"] }),
    "static/lab.0123456789abcdef.js": "1",
    "static/favicon.svg": "<svg/>",
    "themes/@jupyterlab/theme-light-extension/index.css": "a{}",
  });
}

test("settings keep the text that was typed, and show the application's defaults", async () => {
  const lab = await startTestLab({ appDir: newApp() });
  const path = `lab/api/settings/${PLUGIN}`;
  const before = (await lab.ask("GET", path)).body;
  assert.equal([before.raw, before.settings], ["{}", {}]);
  assert.is(before.schema.properties.windowingMode.default, "defer");
  const raw = '// mine\n{ windowingMode: "none", }';
  assert.is((await lab.ask("PUT", path, { raw })).status, 204);
  const after = (await lab.ask("GET", path)).body;
  assert.equal([after.raw, after.settings], [raw, { windowingMode: "none" }]);
  assert.is((await lab.ask("PUT", path, { raw: "{ broken" })).status, 400);
  assert.is((await lab.ask("GET", path)).body.raw, raw);
  const all = (await lab.ask("GET", "lab/api/settings")).body.settings;
  assert.equal(
    all.map(({ id }: { id: string }) => id),
    [PLUGIN],
  );
  const ids = (await lab.ask("GET", "lab/api/settings?ids_only=true")).body.settings;
  assert.equal(ids, [{ id: PLUGIN }]);
  for (const id of ["@x/y:z", "..%2f..%2f..%2fx:y"]) {
    assert.is((await lab.ask("GET", `lab/api/settings/${id}`)).status, 404);
    assert.is((await lab.ask("PUT", `lab/api/settings/${id}`, { raw })).status, 404);
  }
  await lab.close();
});

test("layouts are kept by name, whatever the name", async () => {
  const lab = await startTestLab();
  for (const id of ["default", "auto-A", "工作区", "../../x"]) {
    const path = `lab/api/workspaces/${encodeURIComponent(id)}`;
    assert.equal((await lab.ask("GET", path)).body.data, {});
    const body = { data: { "layout-restorer:data": { main: id } }, metadata: { id } };
    assert.is((await lab.ask("PUT", path, body)).status, 204);
    assert.equal((await lab.ask("GET", path)).body.data, body.data);
  }
  const wrong = { data: {}, metadata: { id: "other" } };
  assert.is((await lab.ask("PUT", "lab/api/workspaces/default", wrong)).status, 400);
  const { ids } = (await lab.ask("GET", "lab/api/workspaces")).body.workspaces;
  assert.equal(ids.sort(), ["../../x", "auto-A", "default", "工作区"]);
  assert.is((await lab.ask("DELETE", "lab/api/workspaces/default")).status, 204);
  assert.equal((await lab.ask("GET", "lab/api/workspaces/default")).body.data, {});
  await lab.close();
});

test("two books do not open one another's tabs", async () => {
  const stateDir = join(newFolder(), "state");
  const body = { data: { tab: 1 }, metadata: { id: "default" } };
  const first = await startTestLab({ stateDir });
  await first.ask("PUT", "lab/api/workspaces/default", body);
  const second = await startTestLab({ stateDir });
  assert.equal((await second.ask("GET", "lab/api/workspaces/default")).body.data, {});
  assert.equal((await first.ask("GET", "lab/api/workspaces/default")).body.data, body.data);
  await Promise.all([first.close(), second.close()]);
});

test("configuration is changed key by key, and null removes one", async () => {
  const lab = await startTestLab();
  const path = "api/config/notebook";
  assert.equal((await lab.ask("GET", path)).body, {});
  const changes: [string, object, object][] = [
    ["PUT", { a: 1, deep: { b: 2 } }, { a: 1, deep: { b: 2 } }],
    ["PATCH", { deep: { c: 3 } }, { a: 1, deep: { b: 2, c: 3 } }],
    ["PATCH", { a: null, deep: { b: null } }, { deep: { c: 3 } }],
  ];
  for (const [method, change, expected] of changes) {
    await lab.ask(method, path, change);
    assert.equal((await lab.ask("GET", path)).body, expected);
  }
  await lab.close();
});

test("nothing is kept until there is something to keep", async () => {
  const lab = await startTestLab({ appDir: newApp() });
  for (const path of ["lab/api/settings", "lab/api/workspaces", "api/config/x", "lab"]) {
    assert.is((await lab.ask("GET", path)).status, 200, path);
  }
  assert.not(existsSync(lab.stateDir));
  await lab.close();
});

test("the page speaks the book's language", async () => {
  const header = {
    domain: "jupyterlab",
    language: "zh-CN",
    plural_forms: "nplurals=2; plural=(n != 1);",
  };
  const messages = { "": header, File: ["文件"], "%1 file": ["一个文件", "%1 个文件"] };
  const cases: ["zh" | "en", string, object][] = [
    ["zh", "zh-CN", { jupyterlab: messages }],
    ["en", "en", {}],
  ];
  for (const [lang, attribute, data] of cases) {
    const lab = await startTestLab({ appDir: newApp(), lang });
    assert.match((await lab.ask("GET", "lab")).body, new RegExp(`<html lang="${attribute}">`));
    assert.equal((await lab.ask("GET", "lab/api/translations/default")).body.data, data);
    const chosen = await lab.ask("GET", "lab/api/translations/zh_CN");
    assert.equal(chosen.body.data, { jupyterlab: messages });
    const known = (await lab.ask("GET", "lab/api/translations")).body.data;
    assert.equal(Object.keys(known), ["en", "zh_CN"]);
    assert.is((await lab.ask("GET", "lab/api/translations/xx")).status, 404);
    await lab.close();
  }
});

test("the page takes the token out of the address, and knows its notebook", async () => {
  const lab = await startTestLab({ appDir: newApp() });
  const get = (path: string, headers = {}) =>
    fetch(`${lab.url}${path}`, { headers, redirect: "manual" });
  const refused = await get("lab/tree/zh/06.ipynb");
  const text = await refused.text();
  assert.is(refused.status, 403);
  assert.match(text, /口令/);
  assert.match(text, /token/);
  const first = await get(`lab/tree/zh/06.ipynb?reset&token=${lab.token}`);
  assert.is(first.status, 302);
  assert.is(first.headers.get("location"), "/lab/tree/zh/06.ipynb?reset=");
  const cookie = first.headers.get("set-cookie") ?? "";
  assert.match(cookie, /HttpOnly; SameSite=Lax/);
  const second = await get("lab/tree/zh/06.ipynb", { Cookie: cookie.split(";")[0] });
  const page = await second.text();
  const config = JSON.parse(/application\/json">(.*)<\/script>/.exec(page)?.[1] ?? "null");
  assert.equal([config.treePath, config.workspace], ["zh/06.ipynb", "default"]);
  const hostile = await lab.ask("GET", `lab/tree/${encodeURIComponent("</script><b>")}`);
  assert.not.match(hostile.body, /<b>/);
  await lab.close();
});

test("static files need no token, and keep for a year when their name has a digest", async () => {
  const lab = await startTestLab({ appDir: newApp() });
  const cases: [string, number, RegExp][] = [
    ["static/lab.0123456789abcdef.js", 200, /immutable/],
    ["static/favicon.svg", 200, /no-cache/],
    ["themes/@jupyterlab/theme-light-extension/index.css", 200, /no-cache/],
    ["static/none.js", 404, /no-store/],
    ["static/..%2fapp.json", 404, /no-store/],
  ];
  for (const [path, status, cache] of cases) {
    const reply = await fetch(`${lab.url}${path}`);
    assert.is(reply.status, status, path);
    assert.match(reply.headers.get("cache-control") ?? "", cache, path);
  }
  await lab.close();
});

test("kernelspecs come with their logos", async () => {
  const resourceDir = newFolder({ "logo-64x64.png": "png", "logo-svg.svg": "<svg/>", other: "no" });
  const spec = { argv: ["x"], display_name: "X", language: "x" };
  const lab = await startTestLab({ kernelSpecs: { x: { spec, resourceDir } } });
  const { body } = await lab.ask("GET", "api/kernelspecs");
  assert.is(body.default, "x");
  assert.equal(body.kernelspecs.x.spec, spec);
  assert.equal(Object.keys(body.kernelspecs.x.resources).sort(), ["logo-64x64", "logo-svg"]);
  const logo = await lab.ask("GET", body.kernelspecs.x.resources["logo-svg"].slice(1));
  assert.equal([logo.status, logo.headers.get("content-type")], [200, "image/svg+xml"]);
  assert.is((await lab.ask("GET", "api/kernelspecs/none")).status, 404);
  assert.is((await lab.ask("POST", "api/kernels", { name: "none" })).status, 404);
  assert.is((await lab.ask("POST", "api/kernels", { name: "x" })).status, 500);
  assert.equal((await lab.ask("GET", "api/kernels")).body, []);
  await lab.close();
});

test("a port that is taken is named, and nothing is left of the attempt", async () => {
  const lab = await startTestLab();
  const temporary = newFolder();
  const { TMPDIR } = process.env;
  process.env.TMPDIR = temporary;
  const refused = await startLab({ port: lab.port, root: lab.root, kernelSpecs: {} }).then(
    () => "",
    (error: Error) => error.message,
  );
  if (TMPDIR === undefined) delete process.env.TMPDIR;
  else process.env.TMPDIR = TMPDIR;
  assert.match(refused, new RegExp(`port: ${lab.port}`));
  assert.equal(readdirSync(temporary), []);
  await lab.close();
});

test.run();
