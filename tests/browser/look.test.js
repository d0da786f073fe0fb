// Every page, for every eye: light and dark, on a desk and on a phone, in both languages, without script, by keyboard alone.
// Pictures of all of them are left for people to look at.
import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

import { DESK, PHONE, PICTURES, error, stage } from "./stage.js";

const PAGES = ["/", "/endpoints", "/groups", "/requests", "/connections", "/suspended", "/usage", "/logs", "/config"];
const SCENE = { groups: { subscription: ["Login"], "own-key": ["Key-EU", "Key-US"], reseller: ["Reseller"] } };
const MORE = '[[budgets]]\nperiod = "day"\nlimit_usd = 5\n[[budgets]]\nperiod = "month"\nlimit_usd = 0.05\nwarn_at = 0.5\n';

/** A morning's work; gives the id of a request that two endpoints were asked for. */
async function work(daemon, fakes) {
  for (const model of ["claude-opus-5-5", "claude-sonnet-5", "claude-haiku-5", "gpt-5-unheard-of"]) {
    for (const stream of [true, false]) await daemon.ask({ model, stream });
  }
  await fakes.Login.always(error(529));
  const { id } = await daemon.ask({ stream: true });
  const refusal = error(400, { kind: "invalid_request_error" });
  for (const fake of Object.values(fakes)) await fake.always(refusal);
  await daemon.ask();
  for (const fake of Object.values(fakes)) await fake.always({});
  await daemon.record(id);
  return id;
}

const nameOf = (path) => (path === "/" ? "overview" : path.slice(1).replace(/\/req-.*/, "-detail"));

test("every page fits a desk and a phone, in light and dark", () =>
  stage({ ...SCENE, more: MORE }, async ({ daemon, fakes, visit }) => {
    const id = await work(daemon, fakes);
    mkdirSync(PICTURES, { recursive: true });
    for (const colorScheme of ["light", "dark"]) {
      for (const [size, viewport] of [["desk", DESK], ["phone", PHONE]]) {
        const visitor = await visit({ colorScheme, viewport });
        for (const path of [...PAGES, `/requests/${id}`]) {
          await visitor.goto(path);
          await visitor.page.locator("[data-live=live]").waitFor();
          await visitor.isNarrow(`${path} on a ${size}`);
          const picture = join(PICTURES, `${nameOf(path)}-${size}-${colorScheme}.png`);
          await visitor.page.screenshot({ path: picture, fullPage: true });
        }
        // The navigation can be used.
        await visitor.page.locator("nav a[href='/groups']").click();
        await visitor.page.waitForURL("**/groups");
      }
    }
  }));

test("the language is switched on the page and stays", () =>
  stage(SCENE, async ({ daemon, fakes, visit }) => {
    const id = await work(daemon, fakes);
    const visitor = await visit();
    const { page } = visitor;
    await visitor.goto("/usage?by=endpoint");
    await page.locator("form.language button[value=zh-CN]").click();
    await page.locator("html[lang=zh-CN]").waitFor();
    assert.match(page.url(), /\/usage\?by=endpoint$/);
    for (const path of [...PAGES, `/requests/${id}`]) {
      await visitor.goto(path);
      const main = await page.locator("main").innerText();
      assert.match(main, /\p{Script=Han}/u, path);
      assert.doesNotMatch(main, /\b(rep|web)-[a-z]+-?[a-z]*\b/, `a key is shown on ${path}`);
      await visitor.isNarrow(path);
      await page.screenshot({ path: join(PICTURES, `${nameOf(path)}-desk-chinese.png`), fullPage: true });
    }
    const other = await visit({ locale: "zh-CN" });
    assert.equal(await other.page.locator("html").getAttribute("lang"), "zh-CN");
  }));

test("without script every page can be read and requests can be filtered", () =>
  stage(SCENE, async ({ daemon, fakes, visit }) => {
    const id = await work(daemon, fakes);
    const visitor = await visit({ javaScriptEnabled: false, login: false });
    const { page } = visitor;
    for (const path of [...PAGES, `/requests/${id}`]) {
      await visitor.goto(path);
      assert.ok((await page.locator("main").innerText()).length > 20, path);
      assert.equal(await page.locator("button[data-act]:visible, button[data-reload]:visible").count(), 0, `${path} has buttons that do nothing`);
      await page.screenshot({ path: join(PICTURES, `${nameOf(path)}-desk-noscript.png`), fullPage: true });
    }
    await visitor.goto("/requests");
    await page.locator("input[name=model]").fill("*haiku*");
    await page.locator("form.filters button[type=submit]").click();
    await page.waitForURL(/model=/);
    assert.equal(await page.locator("[data-list=requests] tr[data-key]").count(), 2);
    await page.locator("[data-list=requests] tr[data-key] a").first().click();
    await visitor.shows("h1", "req-");
  }));

test("the keyboard alone is enough", () =>
  stage(SCENE, async ({ daemon, fakes, visit }) => {
    await work(daemon, fakes);
    const visitor = await visit();
    const { page } = visitor;
    await page.keyboard.press("Tab");
    assert.equal(await page.evaluate(() => document.activeElement.className), "skip", "the first stop skips the navigation");
    await page.keyboard.press("Enter");
    assert.equal(await page.evaluate(() => document.activeElement.id), "main");
    await page.keyboard.press("g");
    await page.keyboard.press("r");
    await page.waitForURL("**/requests");
    for (let n = 0; n < 60 && !(await page.evaluate(() => document.activeElement.dataset.key)); n++) await page.keyboard.press("Tab");
    await page.keyboard.press("ArrowDown");
    const key = await page.evaluate(() => document.activeElement.dataset.key);
    assert.match(key, /^req-/);
    await page.keyboard.press("Enter");
    await page.waitForURL(`**/requests/${key}`);
    await page.keyboard.press("?");
    await page.locator("dialog[open]").waitFor();
    await page.keyboard.press("Escape");
    await page.locator("dialog[open]").waitFor({ state: "detached" }).catch(() => {});
    assert.equal(await page.locator("dialog[open]").count(), 0);
    // A group is paused with nothing but keys.
    await page.keyboard.press("g");
    await page.keyboard.press("g");
    await page.waitForURL("**/groups");
    const button = page.locator("[data-key='own-key'] button[data-act$='/pause']").first();
    for (let n = 0; n < 60 && !(await button.evaluate((b) => b === document.activeElement)); n++) await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await page.locator("[data-key='own-key'] [data-state=paused]").waitFor();
  }));
