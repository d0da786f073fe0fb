// What pages show of the state stays live: whatever is `data-about` something is filled when that changes.
{
  // Which event tells what; its data is what the API answers of it.
  const EVENTS = { status: "status", endpoints: "endpoint", groups: "group", connections: "connection", suspended: "suspended" };

  for (const [name, event] of Object.entries(EVENTS)) {
    if (!document.querySelector(`[data-about="${name}"]`)) continue;
    zephyr.live([event], (told) => zephyr.bind(name, told, told.whole === false));
  }

  // Requests that ended in the last minute, by how far their count has come.
  const WINDOW_MS = 60_000;
  const rate = document.querySelector("[data-rate]");
  if (rate) {
    const seen = [];
    const show = () => {
      const now = Date.now();
      while (seen.length > 1 && seen[1].at <= now - WINDOW_MS) seen.shift();
      const first = seen[0];
      // Until a minute has been seen the page's own number stays.
      if (!first || now - first.at < WINDOW_MS) return;
      zephyr.setText(rate, zephyr.formats.count(seen[seen.length - 1].count - first.count));
    };
    zephyr.live(["connection"], (told) => {
      // A daemon that began anew counts anew.
      if (seen.length > 0 && told.completed_count < seen[seen.length - 1].count) seen.length = 0;
      seen.push({ at: Date.now(), count: told.completed_count });
      show();
    });
    setInterval(show, 1000);
  }
  zephyr.filter();
}
