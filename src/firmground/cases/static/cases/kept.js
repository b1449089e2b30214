/* What is typed into a step is kept on this phone until the server has it, and sent again when the line is back.

   A form that says data-keep="<officer>" is kept under its address. The hidden field `after` says what had been seen, so
   a step that arrives twice is taken once. Nothing else of the house is kept on a phone. Without script: a plain form. */
"use strict";
(() => {
  const PREFIX = "kept:";
  const form = document.querySelector("form[data-keep]");
  const place = document.querySelector("[data-outbox]");
  const officer = (form || place)?.dataset.keep;
  if (!officer || !window.localStorage) return;

  const keyOf = path => `${PREFIX}${officer}:${path}`;
  const read = key => JSON.parse(localStorage.getItem(key) || "null");
  const write = (key, kept) => localStorage.setItem(key, JSON.stringify(kept));
  const typed = of => [...new FormData(of)].filter(([name, value]) => typeof value === "string" && name !== "csrfmiddlewaretoken");
  const page = async response => new DOMParser().parseFromString(await response.text(), "text/html");
  const signedOut = response => response.redirected && new URL(response.url).pathname.startsWith("/account/");
  const taken = (response, path) => response.ok && response.redirected && new URL(response.url).pathname !== path && !signedOut(response);

  function say(text) {
    let box = document.getElementById("kept");
    if (!box) {
      box = Object.assign(document.createElement("p"), { id: "kept", className: "kept" });
      box.setAttribute("role", "status");
      form.before(box);
    }
    box.textContent = text;
    box.hidden = !text;
  }

  function fill(fields) {
    const byName = new Map();
    for (const [name, value] of fields) byName.set(name, [...(byName.get(name) || []), value]);
    for (const field of form.elements) {
      if (!field.name || ["csrfmiddlewaretoken", "after"].includes(field.name) || field.type === "file") continue;
      const values = byName.get(field.name) || [];
      if (["checkbox", "radio"].includes(field.type)) field.checked = values.includes(field.value);
      else if (values.length) field.value = values[0];
    }
  }

  /* The token belongs to the session of now, which may have begun after the step was typed. */
  async function post(path, fields) {
    const fresh = await fetch(path, { credentials: "same-origin", cache: "no-store" });
    if (signedOut(fresh)) return fresh;
    const token = (await page(fresh)).querySelector("[name=csrfmiddlewaretoken]");
    const body = new URLSearchParams(fields);
    if (token) body.set("csrfmiddlewaretoken", token.value);
    return fetch(path, { method: "POST", body, credentials: "same-origin" });
  }

  async function sendAll() {
    for (const key of Object.keys(localStorage).filter(name => name.startsWith(keyOf("")))) {
      const kept = read(key);
      if (!kept || !kept.sent_off) continue;
      await navigator.locks.request(key, { ifAvailable: true }, async lock => {
        if (!lock || !localStorage.getItem(key)) return;
        const path = key.slice(keyOf("").length);
        let response;
        try { response = await post(path, kept.fields); } catch { return; }
        if (taken(response, path)) {
          localStorage.removeItem(key);
          if (form && path === location.pathname) location.assign(response.url);
        } else if (!signedOut(response) && response.status < 500) {
          write(key, { ...kept, sent_off: false });  // the server wants something else: the officer looks at it
        }
      });
    }
    if (place) list();
  }

  function list() {
    const lines = Object.keys(localStorage).filter(name => name.startsWith(keyOf("")));
    place.replaceChildren();
    place.hidden = !lines.length;
    if (!lines.length) return;
    const all = document.createElement("ul");
    for (const key of lines) {
      const kept = read(key);
      const link = Object.assign(document.createElement("a"), { href: key.slice(keyOf("").length), textContent: kept.title });
      const line = document.createElement("li");
      line.append(link, " – ", kept.sent_off ? place.dataset.waits : place.dataset.unfinished);
      all.append(line);
    }
    place.append(all);
  }

  if (form) {
    const key = keyOf(location.pathname);
    const kept = read(key);
    if (kept && !document.getElementById("problems")) {
      fill(kept.fields);
      say(kept.sent_off ? form.dataset.kept : form.dataset.again);
    }
    form.addEventListener("input", () => write(key, { title: form.dataset.title, fields: typed(form), sent_off: false }));
    form.addEventListener("submit", async event => {
      const files = [...form.querySelectorAll("input[type=file]")].some(field => field.files.length);
      write(key, { title: form.dataset.title, fields: typed(form), sent_off: !files });
      event.preventDefault();
      const button = form.querySelector("button");
      button.disabled = true;
      try {
        const body = files ? new FormData(form) : new URLSearchParams([...new FormData(form)].filter(([, v]) => typeof v === "string"));
        const response = await fetch(location.pathname, { method: "POST", body, credentials: "same-origin" });
        if (taken(response, location.pathname)) {
          localStorage.removeItem(key);
          location.assign(response.url);
          return;
        }
        write(key, { ...read(key), sent_off: false });
        if (signedOut(response)) { location.assign(response.url); return; }
        const said = await page(response);
        document.title = said.title;
        document.querySelector("main").replaceWith(said.querySelector("main"));
        document.querySelector("#problems")?.focus();
        location.hash = "problems";
        again();
      } catch {
        say(files ? form.dataset.files : form.dataset.kept);
        document.getElementById("kept").scrollIntoView({ block: "center" });
      } finally {
        button.disabled = false;
      }
    });
  }

  /* The page that the server sent back has a form of its own: keep that one, too. */
  function again() {
    const script = Object.assign(document.createElement("script"), { src: document.querySelector("script[src*='cases/kept']").src });
    document.body.append(script);
  }

  addEventListener("online", sendAll);
  setInterval(() => navigator.onLine && sendAll(), 20000);
  sendAll();
})();
