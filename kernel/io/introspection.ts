import type { Language } from "../language.ts";
import { codePointOffset, positionAt, utf16Offset } from "../language/positions.ts";
import { numberOr, textOr } from "../protocol/messages.ts";
import type { JsonObject } from "../protocol/messages.ts";
import { log } from "../protocol/log.ts";

/** Answers `complete_request`. Positions in Jupyter messages count code points. */
export async function completeReply(content: JsonObject, language: Language): Promise<JsonObject> {
  const { code, cursor } = readCursor(content);
  const position = positionAt(code, cursor);
  const found = await language.complete(code, position).catch(failed);
  const { matches = [], start = cursor, end = cursor } = found ?? {};
  const cursor_start = codePointOffset(code, start);
  const cursor_end = codePointOffset(code, end);
  const types = matches.map((match) => ({ ...match, start: cursor_start, end: cursor_end }));
  return {
    status: "ok",
    matches: matches.map(({ text }) => text),
    cursor_start,
    cursor_end,
    metadata: { _jupyter_types_experimental: types },
  };
}

/**
 * Answers `inspect_request`: type and documentation as Markdown and as text; with `detail_level` 1
 * also the source.
 */
export async function inspectReply(content: JsonObject, language: Language): Promise<JsonObject> {
  const { code, cursor } = readCursor(content);
  const detail = numberOr(content.detail_level, 0);
  const at = positionAt(code, cursor);
  const found = await language.inspect(code, at, detail).catch(failed);
  if (found === undefined) return { status: "ok", found: false, data: {}, metadata: {} };
  const data = { "text/markdown": found.markdown, "text/plain": found.plain };
  return { status: "ok", found: true, data, metadata: {} };
}

function readCursor({ code, cursor_pos }: JsonObject): { code: string; cursor: number } {
  const text = textOr(code, "");
  return { code: text, cursor: utf16Offset(text, numberOr(cursor_pos, text.length)) };
}

/** An editor asks again at the next key; what failed is for the log. */
function failed(error: Error): undefined {
  log(error.message);
}
