import { readFileSync } from "node:fs";
import { fromRoot } from "../../root.ts";
import { json, route, type Route } from "./http.ts";
import type { Kernels } from "./kernels.ts";

const { version } = JSON.parse(readFileSync(fromRoot("package.json"), "utf8")) as {
  version: string;
};

/** What the server says about itself and its one user. */
export function aboutRoutes(kernels: Kernels): Route[] {
  const started = new Date();
  const user = {
    username: "reader",
    name: "reader",
    display_name: "Reader",
    initials: "R",
    avatar_url: null,
    color: null,
  };
  return [
    route("GET", "/api/?", () => json({ version })),
    route("GET", "/api/me", () => json({ identity: user, permissions: {} })),
    route("GET", "/api/status", () => {
      const all = kernels.list();
      const last = Math.max(started.getTime(), ...all.map((k) => k.lastActivity.getTime()));
      return json({
        started: started.toISOString(),
        last_activity: new Date(last).toISOString(),
        connections: all.reduce((total, { model }) => total + model.connections, 0),
        kernels: all.length,
      });
    }),
    // Converting is a Python program's work: the front end then offers no export formats.
    route("GET", "/api/nbconvert", () => json({})),
  ];
}
