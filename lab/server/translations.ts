import { readdir } from "node:fs/promises";
import { basename, join } from "node:path";
import { absent, readJsonFile } from "./files.ts";
import { HttpError, json, route, type Route } from "./http.ts";

export type Language = "zh" | "en";

const locales: Record<Language, string> = { zh: "zh_CN", en: "en" };

const names: Record<string, { displayName: string; nativeName: string }> = {
  en: { displayName: "English", nativeName: "English" },
  zh_CN: { displayName: "Chinese (Simplified, China)", nativeName: "中文（简体，中国）" },
};

/** The languages of the user interface. English is what the extensions are written in. */
export function translationRoutes(folder: string | undefined, lang: Language): Route[] {
  return [
    route("GET", "/lab/api/translations/?", () => json({ data: names, message: "" })),
    route("GET", "/lab/api/translations/(\\w+)", async ({ params: [wanted = ""] }) => {
      const locale = wanted === "default" ? locales[lang] : wanted;
      if (!Object.hasOwn(names, locale)) {
        const known = Object.keys(names).join(", ");
        throw new HttpError(404, `language: ${locale}. Known: ${known}.`);
      }
      const data = folder === undefined ? {} : await catalogues(join(folder, locale));
      return json({ data, message: "" });
    }),
  ];
}

/** One catalogue per domain: a JSON file from message to translations, as JupyterLab reads it. */
async function catalogues(folder: string): Promise<Record<string, unknown>> {
  const files = ((await readdir(folder).catch(absent)) ?? []).filter((name) =>
    name.endsWith(".json"),
  );
  const read = async (name: string) =>
    [basename(name, ".json"), await readJsonFile(join(folder, name))] as const;
  return Object.fromEntries(await Promise.all(files.map(read)));
}
