// What changes something: with the token of a login, which stays with this origin.
//
// `<button data-act="/api/v1/groups/{key}/pause" data-body='{"duration":"15m"}'>`: `{key}` is the key of the row around it.
// `data-key-in="name"` puts the key into the body instead, `data-method="DELETE"` undoes. `<form data-act=…>` sends its fields as one JSON object; numbers as numbers.
{
  const TOKEN = "zephyr-token";

  /** The token of a login, if there is one. */
  zephyr.token = () => localStorage.getItem(TOKEN);

  /** Whether this page may change things: a login, or a daemon that lets every local user. */
  function mayAct() {
    return document.body.dataset.writes === "open" || Boolean(zephyr.token());
  }

  /** Shows what may be done, and who is logged in. */
  function showRights() {
    document.body.dataset.acts = mayAct() ? "yes" : "no";
    for (const element of document.querySelectorAll("[data-login-state]")) {
      element.hidden = element.dataset.loginState !== (zephyr.token() ? "in" : "out");
    }
  }

  /** Tells the person something, politely; `bad` for what did not work. */
  zephyr.say = (text, bad = false) => {
    const place = document.getElementById("said");
    if (!place) return;
    const line = document.createElement("p");
    line.className = bad ? "bad" : "good";
    line.textContent = text;
    place.replaceChildren(line);
    setTimeout(() => { if (line.isConnected) line.remove(); }, bad ? 15_000 : 6_000);
  };

  /** POSTs `body` to `path`; the answer's JSON, or null where it was refused, which the person is told. */
  zephyr.act = async (path, body = {}, method = "POST") => {
    const headers = { "content-type": "application/json" };
    const token = zephyr.token();
    if (token) headers.authorization = `Bearer ${token}`;
    let answer;
    try {
      answer = await fetch(path, { method, headers, body: method === "DELETE" ? undefined : JSON.stringify(body) });
    } catch {
      zephyr.say(zephyr.word("web-act-unreachable"), true);
      return null;
    }
    const told = await answer.json().catch(() => ({}));
    if (answer.ok) return told ?? {};
    if (answer.status === 401) {
      localStorage.removeItem(TOKEN);
      showRights();
      zephyr.say(zephyr.word("web-act-login"), true);
      return null;
    }
    const why = typeof told.error === "string" ? told.error : [told.error?.message, told.error?.hint].filter(Boolean).join("; ");
    zephyr.say(zephyr.word("web-act-refused", { why: why || answer.statusText }), true);
    return null;
  };

  async function carryOut(element, body) {
    const key = element.closest("[data-key]")?.dataset.key ?? "";
    const path = element.dataset.act.replace("{key}", encodeURIComponent(key));
    const controls = element.matches("form") ? [...element.elements] : [element];
    for (const control of controls) control.disabled = true;
    const done = await zephyr.act(path, body, element.dataset.method);
    for (const control of controls) control.disabled = false;
    const what = element.dataset.what ?? element.textContent.trim();
    if (done) zephyr.say(zephyr.word(key ? "web-act-done" : "web-act-done-all", { what, name: key }));
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest("button[data-act]");
    if (!button) return;
    const body = JSON.parse(button.dataset.body ?? "{}");
    // What concerns one of several, named beside the path.
    if (button.dataset.keyIn) body[button.dataset.keyIn] = button.closest("[data-key]")?.dataset.key;
    carryOut(button, body);
  });

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.dataset.logout !== undefined) localStorage.removeItem(TOKEN);
    if (form.dataset.act === undefined) return;
    event.preventDefault();
    const body = {};
    for (const field of form.elements) {
      if (field.name && field.value !== "") body[field.name] = field.type === "number" ? Number(field.value) : field.value;
    }
    carryOut(form, body);
  });

  /** Trades the code behind the `#` of a login link for a cookie and a token. */
  async function logIn() {
    const code = location.hash.slice(1);
    history.replaceState(null, "", location.pathname);
    const headers = { "content-type": "application/json" };
    const answer = await fetch("/login", { method: "POST", headers, body: JSON.stringify({ code }) }).catch(() => null);
    if (!answer?.ok) {
      document.querySelector("[data-login=waiting]").hidden = true;
      document.querySelector("[data-login=failed]").hidden = false;
      return;
    }
    localStorage.setItem(TOKEN, (await answer.json()).token);
    location.replace("/");
  }

  // A login that the daemon no longer knows: the cookie lasts as long as the token.
  if (document.body.dataset.login === "no") localStorage.removeItem(TOKEN);
  showRights();
  if (location.pathname === "/login" && location.hash.length > 1) logIn();
}
