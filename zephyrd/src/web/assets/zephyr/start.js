// What every page of somebody who may look at it keeps live: its head. The pages' own lists are filled by their names.
{
  const head = document.querySelector("[data-about=status]");
  const lists = {
    endpoints: ["endpoint"],
    groups: ["group"],
    connections: ["connection"],
    suspended: ["suspended"],
  };
  if (head) {
    zephyr.live(["status"], (status) => zephyr.bind("status", status, []));
    for (const [name, events] of Object.entries(lists)) {
      if (!document.querySelector(`[data-list="${name}"], [data-about="${name}"]`)) continue;
      let whole = false;
      zephyr.live(events, (told) => {
        // The list of endpoints comes whole first, then only what has changed.
        const some = name === "endpoints" && whole && told.endpoints.length < document.querySelectorAll(`[data-list="${name}"] > [data-key]`).length;
        whole = true;
        zephyr.bind(name, told, told[name], some);
      });
    }
  }
}
