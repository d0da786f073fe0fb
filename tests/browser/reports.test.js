// The pages that report: requests and their filters, one request's way, usage with its export, the log, the config.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

import { OWN_KEY, error, stage } from "./stage.js";

const ROWS = "[data-list=requests] tr[data-key]";

/** The ids that a list shows. */
const shown = (page) => page.locator(ROWS).evaluateAll((rows) => rows.map((row) => row.dataset.key));

test("requests are filtered by what is chosen, and the address keeps it", () =>
  stage({}, async ({ daemon, fakes, visit }) => {
    const good = (await daemon.ask({ model: "claude-opus-5-5" })).id;
    const other = (await daemon.ask({ model: "claude-haiku-5" })).id;
    await fakes.a.always(error(400));
    const bad = (await daemon.ask()).id;
    for (const id of [good, other, bad]) await daemon.record(id);
    const visitor = await visit();
    const { page } = visitor;
    await visitor.goto("/requests");
    assert.deepEqual(await shown(page), [bad, other, good]);
    await page.selectOption("select[name=status]", "failed");
    await page.locator("form.filters button[type=submit]").click();
    await page.waitForURL(/status=failed/);
    assert.deepEqual(await shown(page), [bad]);
    await visitor.goto("/requests?model=*haiku*");
    assert.deepEqual(await shown(page), [other]);
    // What comes now is shown where it fits, and only there.
    await fakes.a.always({});
    const fits = (await daemon.ask({ model: "claude-haiku-5" })).id;
    await daemon.ask({ model: "claude-opus-5-5" });
    await page.locator(`${ROWS}[data-key=${fits}]`).waitFor();
    const next = (await daemon.ask({ model: "CLAUDE-HAIKU-5" })).id;
    await page.locator(`${ROWS}[data-key=${next}]`).waitFor();
    assert.deepEqual(await shown(page), [next, fits, other]);
    for (const [query, count] of [["range=1h", 6], ["start_date=2001-01-01&end_date=2001-01-02", 0], ["endpoint=b", 0], ["group=MAIN", 6]]) {
      await visitor.goto(`/requests?${query}`);
      assert.equal((await shown(page)).length, count, query);
    }
    await visitor.goto("/requests?start_date=%3Cb%3Eyesterday");
    await visitor.shows("[role=alert]", "<b>yesterday");
  }));

test("pages of requests show each once", () =>
  stage({}, async ({ daemon, visit }) => {
    const asked = [];
    for (let n = 0; n < 60; n++) asked.push((await daemon.ask()).id);
    await daemon.record(asked.at(-1));
    const visitor = await visit();
    const { page } = visitor;
    await visitor.goto("/requests");
    const first = await shown(page);
    await page.locator("a[rel=next]").click();
    await page.waitForURL(/after=/);
    const second = await shown(page);
    assert.equal(first.length, 50);
    assert.deepEqual([...first, ...second], asked.reverse());
    assert.equal(await page.locator("a[rel=next]").count(), 0);
  }));

test("a request tells its record and its way, as explain does", () =>
  stage({}, async ({ daemon, fakes, visit }) => {
    await fakes.a.always(error(529));
    const { id } = await daemon.ask({ stream: true, headers: { "x-claude-code-session-id": "5e55-10n" } });
    const record = await daemon.record(id);
    const visitor = await visit();
    const { page } = visitor;
    await visitor.goto("/requests");
    await page.locator(`${ROWS}[data-key=${id}] a`).click();
    await page.waitForURL(`**/requests/${id}`);
    const main = await page.locator("main").innerText();
    assert.equal(record.attempts.length, 2);
    for (const text of [id, "claude-opus-5-5", "/v1/messages", "chose a", "chose b", "529", "failed after", "the built-in list"]) {
      assert.ok(main.includes(text), `${text} in ${main}`);
    }
    const explained = JSON.parse(await daemon.ctl("explain", id, "--json"));
    const steps = explained.trace?.steps ?? explained.steps;
    assert.equal(await page.locator(".way ol > li").count(), steps.length);
    await visitor.goto("/requests/req-nobody");
    await visitor.shows(".empty", "no record");
    visitor.allowed.push(/status of 404/);
  }));

test("usage is summed, drawn, and exported as CSV and JSON", () =>
  stage({ more: '[[budgets]]\nperiod = "day"\nlimit_usd = 5\n' }, async ({ daemon, visit }) => {
    const ids = [];
    for (const model of ["claude-opus-5-5", "claude-opus-5-5", "claude-haiku-5"]) {
      const asked = await daemon.ask({ model });
      if (asked.status === 200) ids.push(asked.id);
    }
    for (const id of ids) await daemon.record(id);
    const visitor = await visit();
    const { page } = visitor;
    await visitor.goto("/usage?by=model");
    const keys = await page.locator("table.usage tbody th").allInnerTexts();
    assert.ok(keys.includes("claude-opus-5-5"), `${keys}`);
    assert.equal(await page.locator("figure.chart svg").count(), 4);
    assert.ok((await page.locator("figure.chart rect title").first().textContent()).length > 12);
    assert.equal(await page.locator("tr[data-budget]").count(), 1);
    const download = async (name) => {
      const [file] = await Promise.all([page.waitForEvent("download"), page.locator("p.export a", { hasText: name }).click()]);
      return readFileSync(await file.path(), "utf8");
    };
    const csv = (await download("CSV")).trim().split(/\r?\n/);
    assert.equal(csv.length, ids.length + 1, csv.join("\n"));
    for (const id of ids) assert.ok(csv.some((line) => line.includes(id)), id);
    const json = JSON.parse(await download("JSON"));
    assert.equal((json.data ?? json).length, ids.length);
    await visitor.goto("/usage?by=day&range=7d");
    assert.equal(await page.locator("table.usage tbody tr").count(), 1);
    await page.locator("table.usage tbody th a").click();
    await page.waitForURL("**/requests?*");
    assert.equal((await shown(page)).length, ids.length);
  }));

test("lines of the log come live and are filtered", () =>
  stage({}, async ({ daemon, visit }) => {
    const visitor = await visit();
    const { page } = visitor;
    await visitor.goto("/logs");
    const before = await page.locator("ol.log > li").count();
    assert.ok(before > 0);
    const { id } = await daemon.ask();
    const line = page.locator("ol.log > li", { has: page.locator(`a[href="/requests/${id}"]`) });
    await line.first().waitFor();
    await visitor.goto(`/logs?request=${id}`);
    const all = await page.locator("ol.log > li").allInnerTexts();
    assert.ok(all.length > 0 && all.every((text) => text.includes(id)), `${all}`);
    await visitor.goto("/logs?level=error");
    assert.equal(await page.locator("ol.log > li").count(), 0);
  }));

test("the config is shown without its secrets, and a refused reload with line and column", () =>
  stage({}, async ({ daemon, visit }) => {
    const visitor = await visit({ allowed: [/status of 400/] });
    const { page } = visitor;
    for (const path of ["/config", "/config?view=file"]) {
      await visitor.goto(path);
      const text = await page.locator(".listing").innerText();
      assert.ok(text.includes("[[groups]]") || text.includes("groups"), text);
      assert.ok(!(await page.content()).includes(OWN_KEY), "a secret");
    }
    const good = daemon.config;
    daemon.config = `${good}[server.typo]\nx = 1\n`;
    daemon.write();
    await page.locator("[data-reload]").click();
    await page.locator(".refused li").first().waitFor();
    assert.match(await page.locator(".refused li").first().innerText(), /config\.toml:\d+:\d+/);
    daemon.config = `${good}\n`;
    daemon.write();
    // A page that is being loaded shows nothing, problems neither.
    await Promise.all([page.waitForEvent("load"), page.locator("[data-reload]").click()]);
    assert.ok((await page.locator(".listing").innerText()).includes("groups"));
    assert.equal(await page.locator(".refused").count(), 0);
  }));
