// What changes comes as server-sent events of `/api/v1/stream`. The page says when it has lost touch.
{
  // Silence after which the connection is made anew, and after which the page says that it is stale.
  const QUIET_MS = 25_000;
  const STALE_MS = 30_000;
  // How long a hidden page stays connected: browsers allow six connections to one host.
  const HIDDEN_MS = 30_000;
  const LONGEST_WAIT_MS = 30_000;

  const handlers = new Map();
  let source = null;
  let heardAt = 0;
  let askedAt = 0;
  let failures = 0;
  let retry = 0;
  let planned = false;
  let hiding = 0;

  /** Calls `handler(data, event)` for each of these events, now and after every lost connection. */
  zephyr.live = (events, handler) => {
    for (const event of events) {
      if (!handlers.has(event)) handlers.set(event, []);
      handlers.get(event).push(handler);
    }
    if (!planned) {
      planned = true;
      setTimeout(() => { planned = false; connect(); });
    }
  };

  function mark(state) {
    for (const element of document.querySelectorAll("[data-live]")) {
      if (element.dataset.live === state) continue;
      element.dataset.live = state;
      zephyr.setText(element, zephyr.word(`web-live-${state}`, { time: zephyr.formats.time(new Date(heardAt || Date.now()).toISOString()) }));
    }
    document.body.dataset.stale = state === "stale" ? "yes" : "no";
  }

  function heard() {
    heardAt = Date.now();
    failures = 0;
    mark("live");
  }

  function connect() {
    clearTimeout(retry);
    source?.close();
    askedAt = Date.now();
    const events = [...handlers.keys()].join(",");
    const mine = new EventSource(`/api/v1/stream?events=${encodeURIComponent(events)}`);
    source = mine;
    for (const [event, list] of handlers) {
      mine.addEventListener(event, (message) => {
        if (mine !== source) return;
        heard();
        const data = JSON.parse(message.data);
        for (const handler of list) handler(data, event);
      });
    }
    mine.addEventListener("error", () => {
      if (mine !== source) return;
      mark("stale");
      // While it is merely connecting again the browser does so, and resumes by id.
      if (mine.readyState !== EventSource.CLOSED) return;
      failures += 1;
      const wait = Math.min(LONGEST_WAIT_MS, 500 * 2 ** failures);
      retry = setTimeout(connect, wait / 2 + (Math.random() * wait) / 2);
    });
  }

  setInterval(() => {
    if (handlers.size === 0 || document.hidden) return;
    const now = Date.now();
    if (now - heardAt > STALE_MS) mark("stale");
    if (now - Math.max(heardAt, askedAt) > QUIET_MS && source?.readyState === EventSource.OPEN) connect();
  }, 1000);

  document.addEventListener("visibilitychange", () => {
    clearTimeout(hiding);
    if (handlers.size === 0) return;
    if (document.hidden) {
      hiding = setTimeout(() => { clearTimeout(retry); source?.close(); source = null; }, HIDDEN_MS);
    } else if (source === null || source.readyState === EventSource.CLOSED) {
      connect();
    }
  });
  // A page that leaves must not show its connection's end as a failure, and one that comes back needs a new one.
  addEventListener("pagehide", () => { clearTimeout(retry); source?.close(); source = null; });
  addEventListener("pageshow", (event) => { if (event.persisted && handlers.size > 0) connect(); });
}
