// What the reporting pages keep live: the list of requests, the lines of the log, and the button that reloads the config.
{
  const asked = new URLSearchParams(location.search);
  // As the server reads them: what is empty is not asked for.
  const wish = (name) => (asked.getAll(name).pop() ?? "").trim();

  /** A pattern with `*` and `?`, which an empty name fits only where the pattern lets it. */
  function fits(pattern, name) {
    if (pattern === "") return true;
    const parts = [...pattern].map((c) => (c === "*" ? ".*" : c === "?" ? "." : c.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&")));
    return new RegExp(`^${parts.join("")}$`, "isu").test(name ?? "");
  }

  /** Takes out what is more than a list may hold. */
  function shorten(list, rows) {
    for (const row of [...rows].slice(Number(list.dataset.most))) row.remove();
  }

  // The list of requests, while its newest are shown.
  const requests = document.querySelector("[data-live-requests]");

  function statusFits(request) {
    const status = wish("status");
    const on = ["1", "on", "true", "yes"].includes(wish("failed"));
    if ((status === "failed" || on) && request.status !== "failed") return false;
    const hundred = /^(\d)xx$/.exec(status);
    if (hundred) return Math.trunc((request.http_status ?? 0) / 100) === Number(hundred[1]);
    return /^\d+$/.test(status) ? (request.http_status ?? 0) === Number(status) : true;
  }

  function wanted(request) {
    const everything = ["1", "on", "true", "yes"].includes(wish("all"));
    if (request.status === "running" || (!everything && request.operation !== "generate")) return false;
    const names = ["model", "endpoint", "group", "client", "session"];
    return statusFits(request) && names.every((name) => fits(wish(name), request[name]));
  }

  function addRequest(request) {
    const rows = [...requests.querySelectorAll(":scope > [data-key]")];
    if (!wanted(request) || rows.some((row) => row.dataset.key === request.id)) return;
    const row = requests.querySelector("template").content.firstElementChild.cloneNode(true);
    row.dataset.key = request.id;
    row.dataset.started = request.started_unix_ms;
    zephyr.fill(row, request);
    row.querySelector("a[data-request]").setAttribute("href", `/requests/${encodeURIComponent(request.id)}`);
    const older = rows.find((other) => Number(other.dataset.started) <= request.started_unix_ms);
    requests.insertBefore(row, older ?? null);
  }

  if (requests && wish("end_date") === "") {
    zephyr.live(["request"], (told) => {
      for (const request of told.requests) addRequest(request);
      shorten(requests, requests.querySelectorAll(":scope > [data-key]"));
      document.querySelector("[data-requests-empty]").hidden = requests.querySelector(":scope > [data-key]") !== null;
      if (told.missed > 0) document.querySelector("[data-requests-missed]").hidden = false;
    });
  }

  // The log, the newest line first.
  const log = document.querySelector("[data-log]");
  const levels = ["error", "warn", "info", "debug", "trace"];

  function lineFits(line) {
    const worst = levels.indexOf(wish("level"));
    if (worst >= 0 && levels.indexOf(line.level) > worst) return false;
    if (wish("request") !== "" && line.fields?.request !== wish("request")) return false;
    return line.message.toLowerCase().includes(wish("text").toLowerCase());
  }

  function field(name, value) {
    const span = document.createElement("span");
    span.className = "field";
    span.textContent = `${name}=`;
    if (name === "request") {
      const link = document.createElement("a");
      link.setAttribute("href", `/requests/${encodeURIComponent(value)}`);
      link.textContent = value;
      span.append(link);
    } else {
      span.append(String(value));
    }
    return span;
  }

  function addLine(line, known) {
    const key = `${line.number}:${line.time}`;
    if (known.has(key) || !lineFits(line)) return;
    const row = document.querySelector("[data-log-row]").content.firstElementChild.cloneNode(true);
    const cell = (name) => row.querySelector(`[data-cell=${name}]`);
    row.dataset.key = key;
    row.dataset.level = line.level;
    cell("time").textContent = zephyr.formats.time(line.time);
    cell("time").setAttribute("datetime", line.time);
    cell("level").textContent = line.level;
    cell("message").textContent = line.message;
    for (const [name, value] of Object.entries(line.fields ?? {})) cell("fields").append(field(name, value), " ");
    cell("target").textContent = line.target;
    log.prepend(row);
  }

  if (log) {
    zephyr.live(["log"], (told) => {
      const known = new Set([...log.children].map((row) => row.dataset.key));
      for (const line of told.lines) addLine(line, known);
      shorten(log, log.children);
      document.querySelector("[data-log-empty]").hidden = log.children.length > 0;
    });
  }

  // The config: what came of a reload stands on the page that is loaded then.
  const SAID = "zephyr-said";
  const said = sessionStorage.getItem(SAID);
  if (said !== null && location.pathname === "/config") {
    sessionStorage.removeItem(SAID);
    zephyr.say(said);
  }
  document.querySelector("[data-reload]")?.addEventListener("click", async (event) => {
    event.target.disabled = true;
    const told = await zephyr.act("/api/v1/config/reload");
    event.target.disabled = false;
    if (told !== null) sessionStorage.setItem(SAID, zephyr.word("rep-config-taken-up"));
    const there = told !== null || (await fetch("/health").catch(() => null)) !== null;
    const may = document.body.dataset.acts === "yes";
    if (there && may) location.reload();
  });
}
