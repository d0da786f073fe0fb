// Names, models, errors and log lines that try to run, to break out or to steer: on every page they are text and nothing else.
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";

import { DESK, PHONE, PICTURES, hostile, stage } from "./stage.js";

const PAGES = ["/", "/endpoints", "/groups", "/requests", "/connections", "/suspended", "/usage", "/usage?by=endpoint", "/logs", "/config", "/config?view=file"];

/** What a config takes as a name. */
function canBeName(text) {
  const turns = /[\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff\p{Cc}]/u;
  return text !== "" && Buffer.byteLength(text) <= 128 && text.trim() === text && !text.startsWith("-") && !turns.test(text);
}

test("nothing hostile runs, breaks out or asks elsewhere, whatever it is the name of", () => {
  const all = hostile();
  const names = all.filter((text) => canBeName(text) && /[<>"'&`=]|[^ -~]/.test(text));
  const groups = { [names[0]]: names.slice(1, 6), [names[6]]: names.slice(7, 12), ["端点 & <b>"]: names.slice(12, 16) };
  return stage({ groups }, async ({ daemon, fakes, visit }) => {
    const visitor = await visit({ viewport: DESK });
    const { page } = visitor;
    const list = Object.values(fakes);
    // The stream brings hostile rows and lines to a page that is open.
    await visitor.goto("/logs");
    await page.locator("[data-live=live]").waitFor();
    let last;
    for (const [n, text] of all.entries()) {
      const body = { type: "error", error: { type: text, message: text } };
      const headers = [["content-type", "application/json"]];
      if (n % 5 === 0) await list[0].always({ status: 400, headers, body: { json: body } });
      if (n % 5 === 1) await list[0].always({});
      if (text.length < 2000) last = await daemon.ask({ model: text, headers: { "x-claude-code-session-id": encodeURIComponent(text) } });
    }
    const bad = { status: 500, headers: [["content-type", "application/json"]], body: { json: { error: { message: all[0], type: all[1] } } } };
    for (const fake of list) await fake.always(bad);
    const lost = await daemon.ask({ model: all[2] });
    await daemon.record(lost.id);
    assert.ok(last.id);
    for (const path of [...PAGES, `/requests/${last.id}`, `/requests/${lost.id}`, "/usage?by=session", "/usage?by=model"]) {
      await visitor.goto(path);
      await page.locator("[data-live=live]").waitFor();
      assert.equal(await page.locator("main script, main iframe, main object, main embed, main link, main style, main base, main img, main math").count(), 0, path);
      assert.notEqual(await page.title(), "ran");
      await visitor.isNarrow(path);
    }
    await page.screenshot({ path: join(PICTURES, "hostile-usage-desk.png"), fullPage: true });
    for (const text of all.filter((t) => t.length < 300)) {
      const query = new URLSearchParams({ model: text, session: text, range: text, start_date: text, status: text, after: text, by: text, level: text, request: text, text });
      await visitor.goto(`/requests?${query}`);
    }
    for (const path of ["/usage", "/logs", "/config", "/requests/x"]) {
      for (const text of all.filter((t) => /[<"]/.test(t) && t.length < 300).slice(0, 15)) {
        visitor.allowed.push(/status of 404/);
        const query = new URLSearchParams({ model: text, by: text, range: text, start_date: text, level: text, request: text, text, view: text });
        await visitor.goto(`${path}?${query}`);
      }
    }
    const phone = await visit({ viewport: PHONE });
    for (const path of [...PAGES, `/requests/${lost.id}`]) {
      await phone.goto(path);
      await phone.isNarrow(`${path} on a phone`);
    }
    await phone.goto("/requests");
    await phone.page.screenshot({ path: join(PICTURES, "hostile-requests-phone.png"), fullPage: true });
    await phone.goto(`/requests/${lost.id}`);
    await phone.page.screenshot({ path: join(PICTURES, "hostile-detail-phone.png"), fullPage: true });
  });
});
