"use strict";

// The token of a login, which lets change things. It stays with this origin.
const TOKEN = "zephyr-token";

/** Trades the code behind the `#` of a login link for a cookie and a token. */
async function logIn() {
  const code = location.hash.slice(1);
  history.replaceState(null, "", location.pathname);
  const answer = await fetch("/login", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ code }),
  });
  if (!answer.ok) {
    document.querySelector("[data-login=waiting]").hidden = true;
    document.querySelector("[data-login=failed]").hidden = false;
    return;
  }
  localStorage.setItem(TOKEN, (await answer.json()).token);
  location.replace("/");
}

if (location.pathname === "/login" && location.hash.length > 1) {
  logIn();
}
