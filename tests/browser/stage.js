// A real zephyrd with groups of scripted endpoints, and a real browser that looks at its dashboard. Everything that must
// never happen on a page fails the test that it happens in: an error or warning on the console (a breach of the content
// security policy is one), an exception, a dialog, a request to anywhere but the dashboard.
import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:http2";
import { createConnection } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";

import { Fake, serving, within } from "../sdk/javascript/stage.js";

export { error } from "../sdk/javascript/stage.js";

const { chromium } = await import(process.env.PLAYWRIGHT);
const BIN = process.env.ZEPHYR_BIN_DIR;
/** How long a page may take to show what has happened. */
const SOON = 15_000;
/** How long a test may take; not all that is asked of a page has a limit of its own. */
const LONG = 120_000;
export const PICTURES = process.env.PICTURES;
export const OWN_KEY = "sk-key-of-the-gateway-0123456789";
export const PHONE = { width: 360, height: 740 };
export const DESK = { width: 1280, height: 800 };

/** Texts that try to run, to steer and to break; see tests/src/hostile.rs. */
export function hostile() {
  const file = JSON.parse(readFileSync(new URL("../hostile.json", import.meta.url), "utf8"));
  return [...Object.values(file.texts).flat(), ...file.repeated.map(([text, times]) => text.repeat(times))];
}

/** A string as TOML. */
export const toml = (text) => JSON.stringify(text).replace(/\u007f/g, "\\u007f");

let browser;
before(async () => {
  // The sandbox needs rights that root in a container has not.
  const args = process.getuid() === 0 ? ["--no-sandbox"] : [];
  const path = process.env.CHROMIUM ?? "/usr/bin/chromium";
  browser = await chromium.launch({ executablePath: path, args });
});
after(() => browser && closed("the browser", browser));

/** Closes a browser or one of its contexts; Chromium may never be done with one whose page is being loaded. */
async function closed(what, open) {
  await within(`${what} to close`, open.close()).catch((e) => console.log(`${e}`));
}

/** One daemon in a directory of its own, which can be stopped and started again at the same addresses. */
class Daemon {
  constructor(dir, config) {
    this.dir = dir;
    this.config = config;
    this.web = "127.0.0.1:0";
    this.socket = join(dir, "run/control.sock");
  }

  write() {
    const more = `state_dir = ${toml(join(this.dir, "state"))}`;
    const text =
      `[server]\nlisten = ["127.0.0.1:0"]\n${more}\n[control]\nsocket = ${toml(this.socket)}\n` +
      `[web]\nlisten = [${toml(this.web)}]\n${this.config}`;
    writeFileSync(join(this.dir, "config.toml"), text, { mode: 0o600 });
  }

  async start() {
    this.write();
    const env = { PATH: process.env.PATH, HOME: join(this.dir, "home"), XDG_RUNTIME_DIR: join(this.dir, "run"), LANG: "C.UTF-8" };
    this.log = openSync(join(this.dir, "log"), "a");
    const stdio = ["ignore", this.log, this.log];
    this.process = spawn(join(BIN, "zephyrd"), ["--config", join(this.dir, "config.toml")], { env, stdio });
    this.ended = new Promise((done) => this.process.once("close", done));
    this.url = await within("zephyrd", serving(this.socket, this.process));
    this.base = (await this.link()).replace(/\/login.*$/s, "");
    this.web = new URL(this.base).host;
  }

  /** A link that logs one browser in, once. */
  async link() {
    const said = await this.rpc("WebService/LoginLink");
    const link = /https?:\/\/[\w.:[\]-]+\/login#[\w-]+/.exec(said);
    assert.ok(link, `no link in: ${said}`);
    return link[0];
  }

  /** Calls a method of the control plane that takes nothing; the bytes that it answers as text. */
  rpc(method) {
    return within(method, new Promise((done, failed) => {
      const session = connect("http://localhost", { createConnection: () => createConnection(this.socket) });
      session.on("error", failed);
      const headers = { ":method": "POST", ":path": `/zephyr.control.v1.${method}`, "content-type": "application/grpc", te: "trailers" };
      const call = session.request(headers);
      let said = "";
      call.setEncoding("latin1");
      call.on("data", (data) => (said += data));
      call.on("end", () => { session.close(); done(said); });
      call.on("error", failed);
      call.end(Buffer.alloc(5));
    }));
  }

  async stop() {
    this.process.kill("SIGTERM");
    await within("zephyrd to end", this.ended).catch(() => this.process.kill("SIGKILL"));
    closeSync(this.log);
  }

  /** What `zephyrctl` says. */
  ctl(...args) {
    const env = { PATH: process.env.PATH, HOME: join(this.dir, "home"), LANG: "C.UTF-8" };
    return new Promise((done) => {
      execFile(join(BIN, "zephyrctl"), [...args, "--socket", this.socket], { env }, (_, stdout, stderr) => done(stdout + stderr));
    });
  }

  said() {
    return readFileSync(join(this.dir, "log"), "utf8");
  }

  /** Asks the gateway for one answer; its status and the id of the request. */
  async ask({ model = "claude-opus-5-5", stream = false, path = "/v1/messages", headers = {} } = {}) {
    const body = { model, stream, max_tokens: 64, messages: [{ role: "user", content: "hi" }] };
    const answer = await fetch(this.url + path, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body: JSON.stringify(body),
    });
    await answer.text();
    return { status: answer.status, id: answer.headers.get("x-request-id"), endpoint: answer.headers.get("x-used-endpoint") };
  }

  /** The settled record of a request. */
  async record(id) {
    return within(`the record of ${id}`, (async () => {
      for (;;) {
        const told = await this.ctl("requests", id, "--json");
        if (told.includes('"request"')) return JSON.parse(told).request;
        await sleep(20);
      }
    })());
  }
}

/** A page of a browser, watched. */
export class Visitor {
  constructor(context, base, allowed) {
    this.context = context;
    this.base = base;
    this.allowed = allowed;
    this.wrong = [];
  }

  async open() {
    this.page = await this.context.newPage();
    this.page.setDefaultTimeout(SOON);
    this.page.on("console", (message) => {
      if (["error", "warning"].includes(message.type())) this.wrong.push(`console: ${message.text()} (${message.location().url})`);
    });
    this.page.on("pageerror", (error) => this.wrong.push(`exception: ${error}`));
    this.page.on("dialog", (dialog) => {
      this.wrong.push(`dialog: ${dialog.message()}`);
      dialog.dismiss();
    });
    return this;
  }

  watch() {
    this.context.on("request", (request) => {
      const url = new URL(request.url());
      if (url.origin !== this.base && !["data:", "blob:"].includes(url.protocol)) this.wrong.push(`asked elsewhere: ${url}`);
    });
  }

  goto(path) {
    return this.page.goto(this.base + path);
  }

  /** Logs in as a person does, by the link. */
  async logIn(daemon) {
    await this.page.goto(await daemon.link());
    await this.page.waitForURL(`${this.base}/`);
  }

  /** Waits until the element's text is, or holds, this. */
  async shows(selector, text) {
    await this.page.locator(selector).filter({ hasText: text }).first().waitFor({ timeout: SOON });
  }

  /** The page does not scroll sideways. */
  async isNarrow(what) {
    const [has, fits] = await this.page.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]);
    assert.ok(has <= fits, `${what} is ${has} wide where ${fits} fit`);
  }

  /** Nothing happened that must not. */
  check() {
    const wrong = this.wrong.filter((what) => !this.allowed.some((allowed) => allowed.test(what)));
    assert.deepEqual(wrong, []);
  }
}

/** What follows the `[[groups]]` of a test. */
const QUIET = '[health_check]\nenabled = false\n[selection]\nstrategy = "priority"\n[suspension]\nenabled = false\n';

/**
 * Runs `body` with groups of fake endpoints behind a daemon: `groups: { main: ["a", "b"], spare: ["c"] }`, in this order of
 * preference. `visit(options)` opens a browser of its own.
 */
export async function stage({ groups = { main: ["a", "b"] }, more = "", quiet = QUIET, web = "" } = {}, body) {
  const dir = mkdtempSync(join(tmpdir(), "zephyr-browser-"));
  for (const name of ["state", "run", "home"]) mkdirSync(join(dir, name));
  const fakes = {};
  let config = `${web}${quiet}`;
  let tier = 0;
  for (const [group, names] of Object.entries(groups)) {
    tier += 1;
    const endpoints = [];
    for (const name of names) {
      fakes[name] = await Fake.start();
      const provider = `p-${Object.keys(fakes).length}`;
      endpoints.push(`{ url = "${fakes[name].url}", name = ${toml(name)}, provider = "${provider}", priority = ${endpoints.length + 1} }`);
    }
    config += `[[groups]]\nname = ${toml(group)}\npriority = ${tier}\nauth = { bearer = "${OWN_KEY}" }\nendpoints = [${endpoints.join(", ")}]\n`;
  }
  const daemon = new Daemon(dir, `${config}${more}`);
  const visitors = [];
  const contexts = [];
  const visit = async ({ login = true, allowed = [], ...options } = {}) => {
    const context = await browser.newContext({ viewport: DESK, locale: "en-GB", ...options });
    contexts.push(context);
    const visitor = new Visitor(context, daemon.base, allowed);
    visitor.watch();
    visitors.push(visitor);
    await visitor.open();
    if (login) await visitor.logIn(daemon);
    return visitor;
  };
  try {
    await daemon.start();
    await within("the test", body({ daemon, fakes, visit }), LONG);
    for (const visitor of visitors) visitor.check();
  } catch (e) {
    console.log(`zephyrd said:\n${daemon.said().slice(-8000)}`);
    for (const [n, visitor] of visitors.entries()) {
      console.log(`visitor ${n}: ${JSON.stringify(visitor.wrong)}`);
      await visitor.page?.screenshot({ path: join(PICTURES, `failed-${n}.png`) }).catch(() => {});
    }
    throw e;
  } finally {
    await Promise.all(contexts.map((context) => closed("a context", context)));
    await daemon.stop();
    await Promise.all(Object.values(fakes).map((fake) => fake.stop()));
    rmSync(dir, { recursive: true, force: true });
  }
}

/** Asks `probe` again and again until it gives something, at most as long as a page may take. */
export async function until(what, probe) {
  const end = Date.now() + SOON;
  for (;;) {
    const found = await probe();
    if (found) return found;
    assert.ok(Date.now() < end, `waited ${SOON / 1000} s for ${what}`);
    await sleep(25);
  }
}
