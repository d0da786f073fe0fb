// Scripted endpoints behind a real zephyrd, one set for each test; the twin of ../python/stage.py.
import assert from "node:assert/strict";
import { spawn, execFile } from "node:child_process";
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";

const DEADLINE = 30_000;
const BIN = process.env.ZEPHYR_BIN_DIR;
assert.ok(BIN, "ZEPHYR_BIN_DIR says where the programs are");
export const OWN_KEY = "sk-key-of-the-gateway";
export const TEXT = "The zephyr is a light wind from the west.";
export const ASK = { model: "claude-opus-5-5", max_tokens: 64, messages: [{ role: "user", content: "hi" }] };
export const CHAT = { model: "gpt-5", messages: [{ role: "user", content: "hi" }] };

/** The scripted answer `name` from `answers/`. */
export const answer = (name) =>
  JSON.parse(readFileSync(new URL(`../answers/${name}.json`, import.meta.url), "utf8"));

/** An error of `status` as an endpoint shapes it. */
export function error(status, { headers = [], kind = "scripted_error" } = {}) {
  const body = { type: "error", error: { type: kind, message: "scripted words" }, request_id: "req_up" };
  return { status, headers: [["content-type", "application/json"], ...headers], body: { json: body } };
}

/** Waits for `promise`, at most so many milliseconds. */
export async function within(what, promise, limit = DEADLINE) {
  const late = sleep(limit, "late", { ref: false });
  const first = await Promise.race([promise, late]);
  assert.notEqual(first, "late", `waited ${limit / 1000} s for ${what}`);
  return first;
}

/** One scripted endpoint. */
export class Fake {
  #told = [];
  #replies = [];
  #left = new Map();

  static async start() {
    const fake = new Fake();
    fake.process = spawn(join(BIN, "zephyr-fake-endpoint"), { stdio: ["pipe", "pipe", "inherit"] });
    const lines = createInterface({ input: fake.process.stdout });
    const first = within("a fake endpoint", new Promise((done) => lines.once("line", done)));
    fake.url = JSON.parse(await first).url;
    lines.on("line", (line) => fake.#heard(JSON.parse(line)));
    return fake;
  }

  #heard(told) {
    if ("script" in told || "seen" in told) this.#replies.shift()(told);
    else if ("left" in told) this.#leaving(told.left).done();
    else this.#told.push(told);
  }

  #leaving(number) {
    if (!this.#left.has(number)) {
      const one = {};
      one.promise = new Promise((done) => (one.done = done));
      this.#left.set(number, one);
    }
    return this.#left.get(number);
  }

  #say(line) {
    const reply = new Promise((done) => this.#replies.push(done));
    this.process.stdin.write(`${line}\n`);
    return within("the fake endpoint's reply", reply);
  }

  /** Replaces what it answers; see the head of the fake endpoint's source. */
  async script(script) {
    assert.deepEqual(await this.#say(JSON.stringify(script)), { script: "replaced" });
  }

  /** Answers everything with `answer`. */
  always(answer) {
    return this.script({ default: answer });
  }

  /** Exactly `n` requests have come; gives them. */
  async asked(n) {
    const count = (await this.#say("")).seen;
    assert.equal(count, n, `${count} requests instead of ${n}`);
    return this.#told.slice(0, count);
  }

  /** Waits until the client of request `number` has left before its answer had ended. */
  left(number) {
    return within(`the client to leave request ${number}`, this.#leaving(number).promise);
  }

  stop() {
    this.process.kill("SIGKILL");
    return new Promise((done) => this.process.once("close", done));
  }
}

/** The value of a header of one seen request. */
export const header = (seen, name) => seen.headers.find(([n]) => n.toLowerCase() === name)?.[1];

/** Most tests want to see at once what a request comes to. */
const AT_ONCE = "[suspension]\nenabled = false\n";

/** Runs `body` with `count` fake endpoints, `a`, `b`, … in this order of preference, behind a daemon. */
export async function stage({ count = 1, dialect = "anthropic", more = "" }, body) {
  const fakes = [];
  for (let i = 0; i < count; i++) fakes.push(await Fake.start());
  const dir = mkdtempSync(join(tmpdir(), "zephyr-sdk-"));
  for (const name of ["state", "run", "home"]) mkdirSync(join(dir, name));
  const endpoints = fakes.map(
    ({ url }, i) => `{ url = "${url}", name = "${"abc"[i]}", provider = "p-${i}", priority = ${i + 1} }`,
  );
  const socket = join(dir, "run/control.sock");
  writeFileSync(
    join(dir, "config.toml"),
    `[server]\nlisten = ["127.0.0.1:0"]\nstate_dir = "${dir}/state"\n[control]\nsocket = "${socket}"\n` +
      `[health_check]\nenabled = false\n[selection]\nstrategy = "priority"\n[[groups]]\nname = "main"\n` +
      `default = true\ndialect = "${dialect}"\nauth = { bearer = "${OWN_KEY}" }\n` +
      `endpoints = [${endpoints.join(", ")}]\n${more}\n${more.includes("[suspension]") ? "" : AT_ONCE}`,
    { mode: 0o600 },
  );
  const env = { PATH: process.env.PATH, HOME: join(dir, "home"), XDG_RUNTIME_DIR: join(dir, "run") };
  const log = openSync(join(dir, "log"), "w");
  const daemon = spawn(join(BIN, "zephyrd"), ["--config", join(dir, "config.toml")], {
    env,
    stdio: ["ignore", log, log],
  });
  const ended = new Promise((done) => daemon.once("close", done));
  try {
    const url = await within("zephyrd", serving(socket, daemon));
    const [a, b, c] = fakes;
    const ctl = (...args) =>
      new Promise((done) => {
        execFile(join(BIN, "zephyrctl"), [...args, "--socket", socket], (_, stdout) => done(stdout));
      });
    const record = (id) => within(`the record of ${id}`, recordOf(ctl, id));
    await body({ url, a, b, c, ctl, record });
  } catch (e) {
    console.log(`zephyrd said:\n${readFileSync(join(dir, "log"), "utf8")}`);
    throw e;
  } finally {
    daemon.kill("SIGTERM");
    await within("zephyrd to end", ended).catch(() => daemon.kill("SIGKILL"));
    await Promise.all(fakes.map((fake) => fake.stop()));
    closeSync(log);
    rmSync(dir, { recursive: true, force: true });
  }
}

/** The record of a request, which is written when its last byte is out. */
async function recordOf(ctl, id) {
  for (;;) {
    const told = await ctl("requests", id, "--json");
    if (told) return JSON.parse(told).request;
    await sleep(10);
  }
}

/** The daemon's URL, once it serves. */
export async function serving(socket, daemon) {
  for (;;) {
    assert.equal(daemon.exitCode, null, "zephyrd ended");
    const told = await new Promise((done) => {
      const args = ["status", "--json", "--socket", socket];
      execFile(join(BIN, "zephyrctl"), args, (_, stdout) => done(JSON.parse(stdout || "{}")));
    });
    if (told.listen) return told.listen[0];
    await sleep(10);
  }
}
