"use strict";

// The script of the dashboard. Each file of it adds to this object what others use.
const zephyr = {};

{
  const texts = new Map();
  for (const piece of document.getElementById("words")?.content.children ?? []) {
    texts.set(piece.dataset.word, piece.textContent);
  }

  /** The text of `key` in the page's language, `{name}` in it replaced by `values.name`. An unknown key is its own text. */
  zephyr.word = (key, values = {}) =>
    (texts.get(key) ?? key).replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole));

  /** Whether there is a text for `key`. */
  zephyr.hasWord = (key) => texts.has(key);
}
