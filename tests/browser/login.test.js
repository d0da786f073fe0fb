// Who may do what: a link logs in once, without one nothing can be changed, and the page says how to.
import assert from "node:assert/strict";
import { test } from "node:test";

import { stage } from "./stage.js";

test("a link logs in once, and a used one says how to get another", () =>
  stage({}, async ({ daemon, visit }) => {
    const visitor = await visit({ login: false, allowed: [/status of 401/] });
    const { page } = visitor;
    const link = await daemon.link();
    await page.goto(link);
    await page.waitForURL(`${daemon.base}/`);
    assert.equal(await page.evaluate(() => document.body.dataset.acts), "yes");
    assert.ok(!page.url().includes("#"), "the code stays in no history");
    const other = await visit({ login: false, allowed: [/status of 401/] });
    await other.page.goto(link);
    await other.page.locator("[data-login=failed]").waitFor();
    assert.match(await other.page.locator("[data-login=failed]").innerText(), /zephyrctl web/);
  }));

test("whoever has not logged in sees everything, is refused every change, and is told how to log in", () =>
  stage({}, async ({ daemon, visit }) => {
    const visitor = await visit({ login: false, allowed: [/status of 401/] });
    await visitor.goto("/endpoints");
    const { page } = visitor;
    await page.locator("[data-key=a]").first().waitFor();
    assert.equal(await page.locator("button[data-act]:visible").count(), 0, "no button is shown that would be refused");
    await page.locator(".how-to-act", { hasText: "zephyrctl web" }).first().waitFor();
    // A button that is pressed all the same: refused, and said so.
    await page.evaluate(() => zephyr.act("/api/v1/pin", { name: "a" }));
    await visitor.shows("#said", "zephyrctl web");
    assert.match(await daemon.ctl("status", "--json"), /"mode": ?"auto"/);
  }));

test("a cookie alone changes nothing, and logging out ends both", () =>
  stage({}, async ({ daemon, visit }) => {
    const visitor = await visit({ allowed: [/status of 401/] });
    const { page } = visitor;
    const status = await page.evaluate(async () => (await fetch("/api/v1/pin", { method: "POST", headers: { "content-type": "application/json" }, body: '{"name":"a"}' })).status);
    assert.equal(status, 401);
    await Promise.all([page.waitForEvent("load"), page.locator("form[data-logout] button").click()]);
    assert.equal(await page.evaluate(() => localStorage.length), 0);
    const names = (await visitor.context.cookies()).filter((cookie) => cookie.value !== "").map((cookie) => cookie.name);
    assert.ok(!names.includes("zephyr_reader"), `${names}`);
    assert.match(await daemon.ctl("status", "--json"), /"mode": ?"auto"/);
  }));

test("where reading is closed every page asks to log in", () =>
  stage({ web: 'reads = "login"\n' }, async ({ visit }) => {
    const visitor = await visit({ login: false, allowed: [/status of 401/] });
    for (const path of ["/", "/endpoints", "/requests", "/requests/req-1", "/usage", "/logs", "/config"]) {
      await visitor.goto(path);
      await visitor.shows("main", "zephyrctl web");
      assert.equal(await visitor.page.locator("table").count(), 0, path);
    }
  }));
