/** Serves a folder with one kernel, prints the kernel's process id, and stays. */
import { KernelManager, ServerConnection } from "@jupyterlab/services";
import { startTestLab } from "./lab.ts";

const lab = await startTestLab({ root: process.argv[2] });
const { url, token } = lab;
const settings = { baseUrl: url, wsUrl: url.replace("http", "ws"), token };
const kernels = new KernelManager({ serverSettings: ServerConnection.makeSettings(settings) });
const kernel = await kernels.startNew({ name: "downhill" });
const future = kernel.requestExecute({ code: "console.log('pid', process.pid)" });
future.onIOPub = ({ content }) => {
  if ("text" in content) console.log(content.text);
};
