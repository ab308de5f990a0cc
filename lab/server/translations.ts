import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { fields, type Fields } from "./check.ts";
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
      const data = folder === undefined ? {} : await catalogue(join(folder, locale), locale);
      return json({ data, message: "" });
    }),
  ];
}

/**
 * A locale's files as one catalogue, as JupyterLab's gettext reads it: message -> list of forms. In
 * the files a message has a string or, where the extensions ask for a plural, two.
 */
async function catalogue(folder: string, locale: string): Promise<Record<string, Fields>> {
  const files = ((await readdir(folder).catch(absent)) ?? []).sort();
  if (files.length === 0) return {};
  const parts = await Promise.all(files.map((name) => readJsonFile(join(folder, name))));
  const messages = parts.flatMap((part) => Object.entries(fields(part, "translations")));
  const header = {
    domain: "jupyterlab",
    language: locale.replace("_", "-"),
    plural_forms: "nplurals=2; plural=(n != 1);",
  };
  const forms = messages.map(([message, text]) => [message, Array.isArray(text) ? text : [text]]);
  return { jupyterlab: { "": header, ...(Object.fromEntries(forms) as Fields) } };
}
