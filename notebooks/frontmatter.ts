import type { Text } from "../lib/teach/record.ts";
import type { Chapter } from "./chapter.ts";
import type { Yaml } from "./yaml.ts";

const keys = ["id", "number", "part", "title", "strings"];

type Front = Pick<Chapter, "id" | "number" | "part" | "title" | "strings">;

/** The head of a chapter: who it is and the strings its code shows. */
export function frontMatter(yaml: Yaml): Front {
  yaml.only([], keys);
  const id = yaml.string(["id"]);
  const number = yaml.number(["number"]);
  if (!id.startsWith(`${String(number).padStart(2, "0")}-`)) {
    yaml.fail(["id"], `id: "${id}" must begin with the chapter's number, as in "06-momentum"`);
  }
  const strings: Record<string, Text> = {};
  for (const key of yaml.keys(["strings"])) strings[key] = yaml.text(["strings", key]);
  return { id, number, part: yaml.number(["part"]), title: yaml.text(["title"]), strings };
}
