import type { Quiz } from "../lib/teach/record.ts";
import type { Yaml } from "./yaml.ts";

/** A quiz block: a question and options, of which one is right; every option says why. */
export function readQuiz(yaml: Yaml): Quiz {
  yaml.only([], ["question", "options"]);
  const question = yaml.text(["question"]);
  const options = Array.from({ length: yaml.length(["options"]) }, (_, i) => readOption(yaml, i));
  const right = options.filter((option) => option.right).length;
  if (options.length < 2)
    yaml.fail(["options"], `options: ${options.length}; a quiz has two at least`);
  if (right !== 1) {
    yaml.fail(["options"], `right options: ${right}; mark exactly one with "right: true"`);
  }
  return { question, options };
}

function readOption(yaml: Yaml, index: number): Quiz["options"][number] {
  const path = ["options", index];
  yaml.only(path, ["text", "why", "right", "value"]);
  const right = yaml.value([...path, "right"]) ?? false;
  if (typeof right !== "boolean") yaml.fail([...path, "right"], "right must be true or left out");
  const value = yaml.value([...path, "value"]);
  if (value !== undefined && !["number", "string", "boolean"].includes(typeof value)) {
    yaml.fail([...path, "value"], "value must be a number, a string, true or false");
  }
  return {
    text: yaml.text([...path, "text"]),
    why: yaml.text([...path, "why"]),
    right,
    ...(value === undefined ? {} : { value: value as number | string | boolean }),
  };
}
