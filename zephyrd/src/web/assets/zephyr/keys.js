// The keyboard: `?` help, `g` and a letter to go to a page, `/` to filter, arrows in tables.
{
  // How long `g` waits for its letter.
  const GO_MS = 1500;
  let goUntil = 0;

  const isTyping = (target) => target.closest?.("input, select, textarea, [contenteditable]") !== null;

  function rowsOf(row) {
    return [...row.parentNode.querySelectorAll(":scope > [data-key]")].filter((other) => !other.hidden);
  }

  function step(row, by) {
    const all = rowsOf(row);
    all[all.indexOf(row) + by]?.focus();
  }

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const { key, target } = event;
    const help = document.getElementById("help");
    if (isTyping(target)) {
      if (key === "Escape") target.blur();
      return;
    }
    if (goUntil > event.timeStamp) {
      goUntil = 0;
      const link = document.querySelector(`[data-go="${CSS.escape(key)}"]`);
      if (link) {
        event.preventDefault();
        link.click();
        return;
      }
    }
    const row = target.closest?.("[data-main] > [data-key]");
    if (key === "g") {
      goUntil = event.timeStamp + GO_MS;
    } else if (key === "?") {
      help?.showModal();
    } else if (key === "/") {
      const filter = document.querySelector("[data-filter]");
      if (!filter) return;
      event.preventDefault();
      filter.focus();
    } else if (key === "ArrowDown" || key === "ArrowUp") {
      if (row) {
        event.preventDefault();
        step(row, key === "ArrowDown" ? 1 : -1);
      }
    } else if (key === "Enter" && row === target) {
      const details = row.querySelector("details");
      if (details) details.open = !details.open;
      else row.querySelector("a[href]")?.click();
    }
  });

  // One row of each list is reached by Tab, the others by arrows from there.
  function reach() {
    for (const list of document.querySelectorAll("[data-main]")) {
      const rows = [...list.querySelectorAll(":scope > [data-key]")].filter((row) => !row.hidden);
      if (!rows.some((row) => row.tabIndex === 0) && rows[0]) rows[0].tabIndex = 0;
    }
  }

  /** Hides the rows without what is written in the filter. */
  zephyr.filter = () => {
    for (const input of document.querySelectorAll("input[data-filter]")) {
      const wanted = input.value.trim().toLowerCase();
      for (const row of document.querySelectorAll(`[data-list="${CSS.escape(input.dataset.filter)}"] > [data-key]`)) {
        row.hidden = wanted !== "" && !row.textContent.toLowerCase().includes(wanted);
      }
    }
    reach();
  };
  document.addEventListener("input", (event) => {
    if (event.target.matches?.("input[data-filter]")) zephyr.filter();
  });
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-help]")) document.getElementById("help")?.showModal();
  });
}
