/** What a reader does with what can be worked in an output, by keyboard. */
import { setTimeout } from "node:timers/promises";
import type { Locator } from "playwright-core";
import * as assert from "uvu/assert";
import { STEP_LIMIT_MS } from "./lab.ts";

export async function eventually(holds: () => Promise<boolean>, otherwise: string): Promise<void> {
  const limit = Date.now() + STEP_LIMIT_MS;
  while (!(await holds())) {
    assert.ok(Date.now() < limit, otherwise);
    await setTimeout(100);
  }
}

/** Tries every option of a quiz: one is right, and each says why. */
export async function answerByKeyboard(quiz: Locator): Promise<void> {
  const { keyboard } = quiz.page();
  const options = quiz.locator('[role="radio"]');
  const count = await options.count();
  assert.ok(count >= 3, "a quiz has three options or more");
  await options.first().focus();
  const verdicts: (string | null)[] = [];
  for (let i = 0; i < count; i++) {
    await keyboard.press("Enter");
    const feedback = quiz.locator(".downhill-feedback");
    verdicts.push(await feedback.getAttribute("data-verdict"));
    assert.ok(((await feedback.textContent()) ?? "").length > 10, "an explanation is shown");
    assert.is(await options.nth(i).getAttribute("aria-checked"), "true");
    await keyboard.press("ArrowDown");
  }
  assert.is(verdicts.filter((verdict) => verdict === "right").length, 1);
  assert.is(verdicts.filter((verdict) => verdict === "wrong").length, count - 1);
}

/** Moves each slider of a live figure by a step: the walks are others then, and so are their numbers. */
export async function moveEverySlider(live: Locator): Promise<void> {
  const sliders = live.locator('input[type="range"]');
  const walks = () => live.locator(".dh-walks").innerHTML();
  const readout = () => live.locator(".downhill-readout").innerHTML();
  for (let i = 0; i < (await sliders.count()); i++) {
    const [before, numbers] = [await walks(), await readout()];
    const slider = sliders.nth(i);
    await slider.focus();
    const atItsEnd = await slider.evaluate((each: HTMLInputElement) => each.value === each.min);
    await live.page().keyboard.press(atItsEnd ? "ArrowRight" : "ArrowLeft");
    await eventually(async () => (await walks()) !== before, `slider ${i}: the walks stay`);
    assert.is.not(await readout(), numbers);
  }
}
