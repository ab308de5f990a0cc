import { readFileSync } from "node:fs";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { absent } from "./files.ts";
import { HttpError, route, type Reply, type Route } from "./http.ts";
import { mimeType } from "./models.ts";
import { Paths, normalize } from "./paths.ts";
import type { Language } from "./translations.ts";

export interface PageOptions {
  appDir: string;
  token: string;
  lang: Language;
  /** The served folder, as the page may show it. */
  root: string;
}

/** What the build wrote about itself (lab/app/dist/app.json). */
interface App {
  version: string;
  entry: string;
}

const DAY = 24 * 60 * 60;

/** JupyterLab's page and the files it is made of. */
export function pageRoutes(options: PageOptions): Route[] {
  const app = JSON.parse(readFileSync(join(options.appDir, "app.json"), "utf8")) as App;
  const page = ({ params: [workspace = "", tree = ""] }: { params: string[] }) =>
    html(pageConfig(app, options, workspace || "default", tree), app, options);
  return [
    route("GET", "/", () => ({ status: 302, headers: { Location: "/lab" } })),
    route("GET", "/lab(?:/workspaces/([^/]+))?(?:/tree(?:/(.*))?)?/?", page),
  ];
}

/** Files that need no token: they are the same for everybody. */
export function staticRoutes(appDir: string): Route[] {
  const paths = new Paths(appDir);
  const serve = (folder: string) =>
    route("GET", `/${folder}/(.+)`, async ({ params: [path = ""] }): Promise<Reply> => {
      const file = await paths.resolve(`${folder}/${normalize(path)}`);
      const found = await stat(file).catch(absent);
      if (!found?.isFile()) throw new HttpError(404, `file: ${path}. The front end has none.`);
      // A name that carries a digest of the content never changes its content.
      const lasting = /\.[0-9a-f]{8,}\.\w+$/.test(path);
      const type = mimeType(path) ?? "application/octet-stream";
      return {
        status: 200,
        headers: {
          "Content-Type": /^(text|image\/svg)/.test(type) ? `${type}; charset=utf-8` : type,
          "Cache-Control": lasting ? `public, max-age=${365 * DAY}, immutable` : "no-cache",
        },
        file: { path: file, size: found.size },
      };
    });
  const icon = route("GET", "/favicon\\.ico", () => ({
    status: 302,
    headers: { Location: "/static/favicon.svg" },
  }));
  return [serve("static"), serve("themes"), icon];
}

function pageConfig(app: App, { token, root }: PageOptions, workspace: string, tree: string) {
  return {
    appName: "Downhill 下山",
    appNamespace: "downhill",
    appVersion: app.version,
    baseUrl: "/",
    wsUrl: "",
    token,
    appUrl: "/lab",
    fullAppUrl: "/lab",
    treeUrl: "/lab/tree",
    fullTreeUrl: "/lab/tree",
    fullStaticUrl: "/static",
    settingsUrl: "/lab/api/settings",
    fullSettingsUrl: "/lab/api/settings",
    themesUrl: "/themes",
    fullThemesUrl: "/themes",
    workspacesApiUrl: "/lab/api/workspaces",
    fullWorkspacesApiUrl: "/lab/api/workspaces",
    translationsApiUrl: "/lab/api/translations",
    fullTranslationsApiUrl: "/lab/api/translations",
    labextensionsUrl: "/lab/extensions",
    fullLabextensionsUrl: "/lab/extensions",
    mode: "multiple-document",
    workspace,
    treePath: tree,
    serverRoot: root,
    notebookVersion: "[2, 0, 0]",
    terminalsAvailable: false,
    delete_to_trash: false,
    quitButton: false,
    exposeAppInBrowser: false,
    federated_extensions: [],
  };
}

function html(config: object, app: App, { lang }: PageOptions): Reply {
  // "<" would let a path in the address end the script element.
  const data = JSON.stringify(config).replaceAll("<", "\\u003c");
  return {
    status: 200,
    headers: {
      "Content-Type": "text/html; charset=utf-8",
      // Cells of trusted notebooks run scripts and show pictures of any source, as in any Jupyter.
      "Content-Security-Policy": "frame-ancestors 'self'; base-uri 'self'; form-action 'self'",
    },
    body: `<!doctype html>
<html lang="${lang === "zh" ? "zh-CN" : "en"}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Downhill 下山</title>
<link rel="icon" type="image/svg+xml" href="/static/favicon.svg">
<script id="jupyter-config-data" type="application/json">${data}</script>
<script defer src="/static/${app.entry}"></script>
</head>
<body>
<noscript>JupyterLab needs JavaScript. JupyterLab 需要 JavaScript。</noscript>
</body>
</html>
`,
  };
}
