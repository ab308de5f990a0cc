import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { aboutRoutes } from "./about.ts";
import { Auth } from "./auth.ts";
import { Checkpoints, checkpointRoutes } from "./checkpoints.ts";
import { Config, configRoutes } from "./config.ts";
import { Contents, contentsRoutes } from "./contents.ts";
import { downloadRoutes } from "./downloads.ts";
import { Events, eventRoutes } from "./events.ts";
import { dispatch, failure, HttpError, send, type Reply, type Route } from "./http.ts";
import { Kernels, kernelRoutes } from "./kernels.ts";
import { kernelspecRoutes, type KernelSpecs } from "./kernelspecs.ts";
import { loginPage } from "./login.ts";
import { pageRoutes, staticRoutes } from "./page.ts";
import { Paths } from "./paths.ts";
import { Sessions, sessionRoutes } from "./sessions.ts";
import { Settings, settingRoutes } from "./settings.ts";
import { translationRoutes, type Language } from "./translations.ts";
import { TrustStore } from "./trust.ts";
import { acceptWebsockets } from "./websockets.ts";
import { Workspaces, workspaceRoutes } from "./workspaces.ts";

export { notebookDigest } from "./trust.ts";
export type { KernelSpecs };

export interface LabOptions {
  /** The folder whose files are served. */
  root: string;
  /** The built front end (`buildLab`); without it only the API is served. */
  appDir?: string;
  /** 0 or absent: any free port. */
  port?: number;
  /** Absent: a random one. */
  token?: string;
  kernelSpecs: KernelSpecs;
  /** Settings, layouts and notebook signatures; made when first needed. */
  stateDir?: string;
  /** Digests of notebooks that are trusted as they are (`notebookDigest`). */
  trusted?: ReadonlySet<string>;
  /** The language of JupyterLab's own texts until the reader chooses one. */
  lang?: Language;
  log?(line: string): void;
}

export interface Lab {
  /** `http://127.0.0.1:PORT/` */
  url: string;
  port: number;
  token: string;
  /** Ends every kernel and removes every temporary file. */
  close(): Promise<void>;
}

const HOST = "127.0.0.1";

/** Pages, as opposed to the API: without a token they explain themselves. */
const isPage = (path: string) => path === "/" || /^\/lab(?!\/api\/)/.test(path);

/**
 * A Jupyter Server on this machine's loopback address: contents, kernels, sessions, settings and,
 * with `appDir`, JupyterLab itself.
 *
 *     const lab = await startLab({ root: "notebooks", kernelSpecs: { downhill: { spec } } });
 *     const { kernels } = await (await fetch(`${lab.url}api/status?token=${lab.token}`)).json();
 *     await lab.close();
 */
export async function startLab(options: LabOptions): Promise<Lab> {
  const { kernelSpecs, appDir, lang = "en", trusted = new Set<string>() } = options;
  const log = options.log ?? console.error;
  const token = options.token ?? randomBytes(24).toString("hex");
  const stateDir = options.stateDir ?? defaultStateDir();
  const paths = new Paths(options.root);
  const runtimeDir = await mkdtemp(join(tmpdir(), "downhill-"));
  const server = createServer();
  const port = await listen(server, options.port ?? 0).catch(async (error: unknown) => {
    await rm(runtimeDir, { recursive: true, force: true });
    throw error;
  });

  const auth = new Auth(token, `downhill-${port}`);
  const checkpoints = new Checkpoints(paths);
  const contents = new Contents(
    paths,
    checkpoints,
    new TrustStore(join(stateDir, "trust"), trusted),
  );
  const kernels = new Kernels(kernelSpecs, paths, runtimeDir, log);
  const events = new Events();
  const inApp = (folder: string) => (appDir === undefined ? undefined : join(appDir, folder));
  const open = appDir === undefined ? [] : staticRoutes(appDir);
  const closed = [
    ...aboutRoutes(kernels),
    ...checkpointRoutes(checkpoints),
    ...contentsRoutes(contents),
    ...downloadRoutes(paths),
    ...kernelRoutes(kernels),
    ...kernelspecRoutes(kernelSpecs),
    ...sessionRoutes(new Sessions(kernels)),
    ...eventRoutes(events),
    ...configRoutes(new Config(join(stateDir, "config"))),
    ...settingRoutes(new Settings(appDir, join(stateDir, "settings"))),
    ...workspaceRoutes(new Workspaces(join(stateDir, "workspaces"), paths.root)),
    ...translationRoutes(inApp("translations"), lang),
    ...(appDir === undefined ? [] : pageRoutes({ appDir, token, lang, root: paths.root })),
  ];

  server.on("request", (message, response) => {
    void answer({ auth, open, closed, log }, message, response);
  });
  const dropWebsockets = acceptWebsockets(server, { auth, kernels, events, log });

  const close = async () => {
    const stopped = new Promise((resolve) => server.close(resolve));
    await kernels.close();
    dropWebsockets();
    server.closeAllConnections();
    await stopped;
    await contents.uploads.close();
    await rm(runtimeDir, { recursive: true, force: true });
  };
  let closing: Promise<void> | undefined;
  return { url: `http://${HOST}:${port}/`, port, token, close: () => (closing ??= close()) };
}

interface Site {
  auth: Auth;
  /** Routes that need no token, and routes that do. */
  open: Route[];
  closed: Route[];
  log(line: string): void;
}

async function answer(site: Site, message: IncomingMessage, response: ServerResponse) {
  try {
    const reply = await find(site, message).catch((error: unknown) => {
      const refusal = failure(error);
      if (refusal.status === 500) site.log(`${message.method} ${message.url}: ${String(error)}`);
      return refusal;
    });
    await send(response, reply, message.method);
  } catch (error) {
    // The browser went away in the middle of a file.
    if (!response.destroyed) site.log(`${message.url}: ${String(error)}`);
    response.destroy();
  }
}

async function find(site: Site, message: IncomingMessage): Promise<Reply> {
  site.auth.checkSource(message);
  const url = parseUrl(message.url ?? "/");
  if (site.open.some(({ pattern }) => pattern.test(url.pathname))) {
    return dispatch(site.open, message, url);
  }
  const page = isPage(url.pathname);
  if (!site.auth.isKnown(message, url)) {
    if (page) return loginPage();
    throw new HttpError(403, "token: missing or wrong. The terminal shows the right address.");
  }
  if (page && url.searchParams.has("token")) return withCookie(site.auth, url);
  return dispatch(site.closed, message, url);
}

/** Moves the token from the address into a cookie, so that it stays out of history and links. */
function withCookie(auth: Auth, url: URL): Reply {
  url.searchParams.delete("token");
  const headers = { Location: url.pathname + url.search, "Set-Cookie": auth.cookie };
  return { status: 302, headers };
}

function parseUrl(address: string): URL {
  // Two leading slashes would name another host.
  if (address.startsWith("/") && !address.startsWith("//") && URL.canParse(address, "http://x")) {
    return new URL(address, "http://x");
  }
  throw new HttpError(400, `address: ${address}. It is not a path.`);
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      if (error.code !== "EADDRINUSE") return reject(error);
      reject(new Error(`port: ${port}. Another program uses it; choose another, or none.`));
    });
    server.listen(port, HOST, () => resolve((server.address() as AddressInfo).port));
  });
}

function defaultStateDir(): string {
  const { XDG_DATA_HOME, APPDATA } = process.env;
  const base = process.platform === "win32" ? APPDATA : XDG_DATA_HOME;
  return join(base || join(homedir(), ".local", "share"), "downhill");
}
