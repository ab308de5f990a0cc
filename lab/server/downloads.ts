import { stat } from "node:fs/promises";
import { basename } from "node:path";
import { absent } from "./files.ts";
import { HttpError, route, type Reply, type Route } from "./http.ts";
import { mimeType } from "./models.ts";
import { normalize, type Paths } from "./paths.ts";

/** `/files/...`: the bytes of a file, for pictures in notebooks and for downloads. */
export function downloadRoutes(paths: Paths): Route[] {
  return [
    route("GET", "/files/(.+)", async ({ params: [path = ""], query }): Promise<Reply> => {
      const file = await paths.resolve(normalize(path));
      const found = await stat(file).catch(absent);
      if (!found?.isFile()) throw new HttpError(404, `file: ${path}. There is no such file.`);
      const type = mimeType(file) ?? "application/octet-stream";
      const text = type.startsWith("text/") || type === "application/json";
      const name = encodeURIComponent(basename(path));
      return {
        status: 200,
        headers: {
          "Content-Type": text ? `${type}; charset=utf-8` : type,
          // A page among the files must not act as a page of the server.
          "Content-Security-Policy": "sandbox allow-scripts; frame-ancestors 'self'",
          ...(query.get("download") === null
            ? {}
            : { "Content-Disposition": `attachment; filename*=UTF-8''${name}` }),
        },
        file: { path: file, size: found.size },
      };
    }),
  ];
}
