import { homedir } from "node:os";
import { join } from "node:path";
import process from "node:process";

/** Where Jupyter looks for a user's files, as `jupyter --data-dir` says. */
export function jupyterDataFolder(): string {
  const { JUPYTER_DATA_DIR, XDG_DATA_HOME, APPDATA } = process.env;
  if (JUPYTER_DATA_DIR) return JUPYTER_DATA_DIR;
  if (process.platform === "darwin") return join(homedir(), "Library", "Jupyter");
  if (process.platform === "win32") {
    return APPDATA ? join(APPDATA, "jupyter") : join(homedir(), ".jupyter", "data");
  }
  return join(XDG_DATA_HOME || join(homedir(), ".local", "share"), "jupyter");
}
