// Puts JSON into the page: only ever as text, never as markup.
//
// An element says what it shows: `data-field="latency_ms" data-format="ms"`. `data-if="error"` shows it only where the
// field holds something; `data-if="admin=paused,drained"` only for these values; `!` before it turns it round.
// `data-list="limits" data-key-field="model"` holds one element per entry, each a copy of its `<template>`.
{
  const SVG = "http://www.w3.org/2000/svg";
  const { formats, ticking, word, hasWord } = zephyr;

  /** What stands at `a.b` in `item`; `.` is `item` itself. */
  function at(item, field) {
    if (field === ".") return item;
    return field.split(".").reduce((value, name) => (value === null || value === undefined ? null : value[name]), item);
  }

  /** Whether a condition of `data-if` holds for `item`. */
  function holds(item, condition) {
    const [, not, field, wanted] = /^(!?)([^=]*)(?:=(.*))?$/.exec(condition);
    const value = at(item, field);
    const empty = !value || (Array.isArray(value) && value.length === 0);
    const is = wanted === undefined ? !empty : wanted.split(",").includes(String(value ?? ""));
    return not ? !is : is;
  }

  /** Sets text without touching what is so already: selections stay, and nothing is announced twice. */
  function setText(element, text) {
    if (element.textContent !== text) element.textContent = text;
  }

  /** A history of `{latency_ms, error}` as bars, failures as full-height marks. */
  function spark(svg, history) {
    const list = Array.isArray(history) ? history : [];
    const good = list.map((m) => m.latency_ms).filter((ms) => typeof ms === "number");
    const slowest = Math.max(...good, 0);
    const bars = list.map((m, i) => {
      const ok = typeof m.latency_ms === "number";
      const height = ok ? Math.max(2, Math.round((slowest > 0 ? m.latency_ms / slowest : 0) * 18)) : 18;
      const bar = document.createElementNS(SVG, "rect");
      const place = { x: 1 + (20 - list.length + i) * 5, y: 19 - height, width: 3, height, class: ok ? "ok" : "bad" };
      for (const [name, value] of Object.entries(place)) bar.setAttribute(name, value);
      return bar;
    });
    svg.setAttribute("aria-label", sparkLabel(good, list.length));
    svg.replaceChildren(...bars);
  }

  function sparkLabel(good, all) {
    if (all === 0) return word("web-spark-none");
    if (good.length === 0) return word("web-spark-failed", { failed: all });
    const [low, high] = [formats.ms(Math.min(...good)), formats.ms(Math.max(...good))];
    return word("web-spark", { low, high, failed: all - good.length });
  }

  /** What one element shows of `item`. */
  function show(element, item) {
    const { field, format = "text" } = element.dataset;
    const value = at(item, field);
    switch (format) {
      case "spark":
        return spark(element, value);
      case "meter":
        element.value = typeof value === "number" ? value : 0;
        return undefined;
      case "state": {
        const state = String(value ?? "");
        if (element.dataset.state !== undefined) element.dataset.state = state;
        const key = (element.dataset.words ?? "state-") + state;
        return setText(element, hasWord(key) ? word(key) : formats.text(state));
      }
      default: {
        if (element.dataset.link !== undefined) element.setAttribute("href", element.dataset.link + encodeURIComponent(value ?? ""));
        const write = formats[format] ?? formats.text;
        if (!(format in ticking)) return setText(element, write(value));
        element.dataset.value = ticking[format](value);
        return setText(element, write(element.dataset.value));
      }
    }
  }

  /** Shows `item` in `root` and all that is below it. */
  function fill(root, item) {
    if (root.dataset.if !== undefined) root.hidden = !holds(item, root.dataset.if);
    if (root.dataset.list !== undefined) return rows(root, at(item, root.dataset.list));
    if (root.dataset.field !== undefined) return show(root, item);
    for (const child of root.children) fill(child, item);
    return undefined;
  }

  /**
   * Shows `items` in a list: rows of known keys are filled anew, new ones are made, and those that are gone are taken out,
   * unless `items` are only `some` of all.
   */
  function rows(list, items, some = false) {
    const template = list.querySelector(":scope > template");
    if (!template || !Array.isArray(items)) return;
    const field = list.dataset.keyField ?? ".";
    const known = new Map();
    for (const row of list.querySelectorAll(":scope > [data-key]")) {
      if (!known.has(row.dataset.key)) known.set(row.dataset.key, []);
      known.get(row.dataset.key).push(row);
    }
    let before = template.nextElementSibling;
    for (const item of items) {
      const key = String(at(item, field) ?? "");
      let row = known.get(key)?.shift();
      if (!row) {
        row = template.content.firstElementChild.cloneNode(true);
        row.dataset.key = key;
      }
      fill(row, item);
      if (some && row.parentNode) continue;
      if (row !== before) list.insertBefore(row, before);
      else before = before.nextElementSibling;
    }
    if (!some) for (const row of [...known.values()].flat()) row.remove();
    zephyr.filter?.();
  }

  /** Ages and times that are left go on. */
  function tick() {
    for (const element of document.querySelectorAll("[data-value]")) {
      if (element.dataset.format in ticking) setText(element, formats[element.dataset.format](element.dataset.value));
    }
  }
  setInterval(tick, 1000);

  Object.assign(zephyr, { at, holds, fill, rows, setText });

  /**
   * Shows `item` in everything that is `data-about="name"`. If it has only `some` of the entries of its lists, those are
   * filled and the rest of the page stays.
   */
  zephyr.bind = (name, item, some = false) => {
    if (item.timestamp) zephyr.setNow(Date.parse(item.timestamp));
    for (const about of document.querySelectorAll(`[data-about="${CSS.escape(name)}"]`)) {
      if (!some) {
        fill(about, item);
        continue;
      }
      for (const list of about.querySelectorAll("[data-list]")) {
        if (list.dataset.list in item) rows(list, item[list.dataset.list], true);
      }
    }
  };
}
