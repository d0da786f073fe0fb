// What happens is seen without loading a page anew, and what is steered on a page happens.
import assert from "node:assert/strict";
import { test } from "node:test";

import { error, stage, until } from "./stage.js";

const SERVES = "header.top .serving li [data-field=current]";

/** The page was not loaded anew since. */
async function mark(page) {
  await page.evaluate(() => (window.loadedOnce = true));
  return async () => assert.ok(await page.evaluate(() => window.loadedOnce), "the page was loaded anew");
}

test("a failover is seen as it happens", () =>
  stage({}, async ({ daemon, fakes, visit }) => {
    const visitor = await visit();
    const { page } = visitor;
    await visitor.goto("/requests");
    const stayed = await mark(page);
    await visitor.shows(SERVES, "a");
    assert.equal((await daemon.ask()).endpoint, "a");
    await visitor.shows("[data-list=requests] tr[data-key] [data-field=endpoint]", "a");
    await fakes.a.always(error(500));
    for (let n = 0; n < 4; n++) assert.equal((await daemon.ask()).status, 200);
    await visitor.shows(SERVES, "b");
    await visitor.shows("[data-list=requests] tr[data-key] [data-field=endpoint]", "b");
    await until("five requests", async () => (await page.locator("[data-list=requests] tr[data-key]").count()) === 5);
    await stayed();
  }));

test("an endpoint is pinned and unpinned from the page", () =>
  stage({}, async ({ daemon, visit }) => {
    const visitor = await visit();
    const { page } = visitor;
    await visitor.goto("/endpoints");
    const stayed = await mark(page);
    const row = page.locator("[data-list=endpoints] > [data-key=b]");
    await row.locator("summary").click();
    await row.locator("button[data-act='/api/v1/pin']").first().click();
    await visitor.shows(SERVES, "b");
    assert.match(await daemon.ctl("status", "--json"), /"pinned": ?"b"/);
    assert.equal((await daemon.ask()).endpoint, "b");
    await row.locator("button[data-act='/api/v1/unpin']").click();
    await visitor.shows(SERVES, "a");
    assert.match(await daemon.ctl("status", "--json"), /"mode": ?"auto"/);
    await stayed();
  }));

test("a group is paused for a time and resumed from the page", () =>
  stage({ groups: { main: ["a"], spare: ["b"] } }, async ({ daemon, visit }) => {
    const visitor = await visit();
    const { page } = visitor;
    await visitor.goto("/groups");
    const row = page.locator("[data-list=groups] > [data-key=main]");
    await row.locator("button[data-act$='/pause'][data-body*='15m']").click();
    await row.locator("[data-state=paused]").waitFor();
    await visitor.shows(SERVES, "b");
    assert.equal((await daemon.ask()).endpoint, "b");
    await row.locator("button[data-act$='/resume']").click();
    await visitor.shows(SERVES, "a");
  }));

test("while the daemon restarts the page says that it is stale, and then goes on by itself", () =>
  stage({}, async ({ daemon, visit }) => {
    const visitor = await visit({ allowed: [/ERR_CONNECTION_REFUSED|ERR_INCOMPLETE_CHUNKED|ERR_CONNECTION_RESET|ERR_EMPTY_RESPONSE|status of 50/] });
    const { page } = visitor;
    await visitor.goto("/requests");
    const stayed = await mark(page);
    await page.locator("[data-live=live]").waitFor();
    await daemon.stop();
    await page.locator("[data-live=stale]").waitFor();
    assert.match(await page.locator("[data-live]").first().innerText(), /stale since/);
    await daemon.start();
    await page.locator("[data-live=live]").waitFor({ timeout: 40_000 });
    const { id } = await daemon.ask();
    await page.locator(`[data-list=requests] tr[data-key=${id}]`).waitFor();
    await stayed();
    // The login has outlived it.
    await visitor.goto("/endpoints");
    await page.locator("[data-key=b] summary").click();
    await page.locator("[data-key=b] button[data-act='/api/v1/pin']").first().click();
    await visitor.shows(SERVES, "b");
  }));
