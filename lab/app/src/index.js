// Starts JupyterLab with the extensions that package.json lists (see rspack.config.js).
import { JupyterLab } from "@jupyterlab/application";
import { IConnectionStatus, IServiceManager } from "@jupyterlab/services";
import { PluginRegistry } from "@lumino/coreutils";
import { extensions, mimeExtensions } from "./extensions.js";
import resume from "./resume.js";
import "./style.css";

/** Plugins for what is not here: a news feed, a server of licence texts, language servers. */
const absent = new Set([
  "@jupyterlab/apputils-extension:announcements",
  "@jupyterlab/apputils-extension:licenses-client",
  "@jupyterlab/apputils-extension:licenses-plugin",
  "@jupyterlab/fileeditor-extension:language-server",
  "@jupyterlab/help-extension:licenses-commands",
  "@jupyterlab/notebook-extension:language-server",
]);

function plugins(module) {
  const all = Array.isArray(module.default) ? module.default : [module.default];
  return all.filter(({ id }) => !absent.has(id));
}

async function main() {
  const modules = await Promise.all(extensions);
  const pluginRegistry = new PluginRegistry();
  pluginRegistry.registerPlugins([...modules.flatMap(plugins), resume]);
  const serviceManager = await pluginRegistry.resolveRequiredService(IServiceManager);
  const connectionStatus = await pluginRegistry.resolveOptionalService(IConnectionStatus);
  const lab = new JupyterLab({
    pluginRegistry,
    serviceManager,
    connectionStatus,
    mimeExtensions: await Promise.all(mimeExtensions),
  });
  await lab.start();
  await lab.restored;
}

await main();
