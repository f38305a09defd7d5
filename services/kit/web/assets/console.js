// The shell's own behaviour: dialogs, keyboard, toasts, live state, names of customers. No page needs a script of its own.
"use strict";
(() => {
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const one = (selector, root = document) => root.querySelector(selector);

  // Dialogs: data-opens names one, data-closes ends the one around it, data-open-now opens as soon as it is there.
  const open = (dialog) => {
    if (!dialog || dialog.open) return;
    dialog.showModal();
    const first = one("[autofocus], .dialog-body :is(input:not([type=hidden]), textarea, select, a, button)", dialog);
    if (first) first.focus();
  };
  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-opens]");
    if (opener) {
      const from = opener.closest("dialog");
      if (from) from.close();
      return open(document.getElementById(opener.dataset.opens));
    }
    const dialog = event.target.closest("dialog");
    if (event.target.closest("[data-closes]") || (dialog && event.target === dialog)) return dialog && dialog.close();
    const row = event.target.closest("tr[data-href]");
    if (row && !event.target.closest("a, button, input, select, label") && !String(getSelection())) {
      if (event.metaKey || event.ctrlKey) window.open(row.dataset.href); else location.href = row.dataset.href;
    }
  });

  // Tabs: on a phone the one that is current may be further to the side than the window.
  all(".tabs [aria-current]").forEach((tab) => {
    const bar = tab.closest(".tabs"), [here, there] = [tab, bar].map((part) => part.getBoundingClientRect());
    bar.scrollLeft += here.left + here.width / 2 - there.left - there.width / 2;
  });

  // Keyboard.
  const typing = (target) => target.closest("input:not([type=range]), textarea, select, [contenteditable]");
  const ROW = "tr[data-row]", ACTS = "a[href], button";
  const step = (by) => {
    const rows = all(ROW).filter((row) => row.offsetParent !== null);
    if (!rows.length) return;
    const at = rows.indexOf(document.activeElement.closest(ROW));
    const row = rows[at < 0 ? (by > 0 ? 0 : rows.length - 1) : Math.min(rows.length - 1, Math.max(0, at + by))];
    row.focus();
    row.scrollIntoView({ block: "nearest" });
  };
  // A row without a page of its own does what its first button or link does.
  const enter = (row) => {
    if (row.dataset.href) location.href = row.dataset.href;
    else one(ACTS, row)?.click();
  };
  // Of several lists, the one where the focus is; else the first one that has such a link.
  const turn = (link) => (one(link, document.activeElement.closest("[data-list]") || document) || one(link))?.click();
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
    if (one("dialog[open]")) return;
    if (event.key === "/") one("#search")?.focus();
    else if (event.key === "?") open(one("#shortcuts"));
    else if (event.key === "j") step(1);
    else if (event.key === "k") step(-1);
    else if (event.key === "f") one(".filters :is(input:not([type=hidden]), select)")?.focus();
    else if (event.key === "n") turn(".pages [rel=next]");
    else if (event.key === "p") turn(".pages [rel=first]");
    else if (event.key === "Enter" && event.target.matches(ROW)) enter(event.target);
    else return;
    event.preventDefault();
  });

  // Appearance at once; the form still remembers it.
  document.addEventListener("submit", (event) => {
    const theme = event.submitter?.name === "theme" && event.submitter.value;
    if (theme) document.documentElement.dataset.theme = theme;
  });

  // Short messages: an answer's HX-Trigger {"toast": {"text": ..., "tone": ...}}.
  const toast = (text, tone) => {
    const place = one("[data-toasts]");
    const note = document.createElement("div");
    note.className = `toast tone-${tone || "good"}`;
    note.textContent = text;
    place.append(note);
    setTimeout(() => note.remove(), tone === "bad" ? 9000 : 5000);
  };
  document.addEventListener("toast", (event) => toast(event.detail.text, event.detail.tone));
  document.addEventListener("close", () => all("dialog[open]").forEach((dialog) => dialog.close()));
  // What is shown once is gone with its dialog; the event does not bubble.
  document.addEventListener("close", (event) => all("[data-once]", event.target).forEach((secret) => secret.remove()), true);

  // A part or a list that cannot be loaded says so, where it would have been, and offers to try again: its element
  // stays, so that filters still find it. What is there already stays when only a refresh fails.
  const notice = () => {
    const { failed: text, failedHint: hint } = document.body.dataset;
    const note = document.createElement("div");
    note.className = "empty empty-bad";
    const strong = document.createElement("strong");
    strong.textContent = text;
    const soft = document.createElement("p");
    soft.className = "soft";
    soft.textContent = hint;
    note.append(strong, soft);
    return note;
  };
  const failed = ({ target, requestConfig: asked, pathInfo }, drawn) => {
    const slot = target.matches("[data-slot]"), refresh = asked.elt === target && !one(".skeleton, .empty-bad", target);
    const place = slot || target.matches("[data-list], [data-part]");
    if (asked.verb !== "get" || refresh || !place) return toast(document.body.dataset.failed, "bad");
    if (drawn) target.innerHTML = drawn;
    else target.replaceChildren(notice());
    const again = document.createElement("button");
    again.className = "button";
    again.type = "button";
    again.textContent = document.body.dataset.retry;
    again.addEventListener("click", () => {
      if (slot) htmx.trigger(target, "again");
      else htmx.ajax("GET", pathInfo.finalRequestPath, { target, swap: "outerHTML" });
    });
    (one(".empty", target) || target).append(again);
  };
  document.addEventListener("htmx:sendError", (event) => failed(event.detail));
  document.addEventListener("htmx:timeout", (event) => failed(event.detail));

  // What is being pressed stays until it is let go: a press that begins on one button and ends on the one that a refresh
  // put in its place is no click. The refresh is made up for then.
  let pressed = null;
  const missed = new Set();
  const release = () => {
    pressed = null;
    setTimeout(() => {
      missed.forEach((target) => htmx.trigger(target, "again"));
      missed.clear();
    });
  };
  document.addEventListener("pointerdown", (event) => { pressed = event.target; }, true);
  ["pointerup", "pointercancel"].forEach((end) => addEventListener(end, release, true));
  const isPressed = (target, asked) => pressed && asked.elt === target && target.contains(pressed)
    && (target.getAttribute("hx-trigger") || "").split(", ").includes("again");

  document.addEventListener("htmx:beforeSwap", (event) => {
    const { xhr, target, requestConfig } = event.detail;
    if (xhr.status < 400) {
      if (!isPressed(target, requestConfig)) return;
      missed.add(target);
      event.detail.shouldSwap = false;
      return;
    }
    const drawn = (xhr.getResponseHeader("content-type") || "").startsWith("text/html");
    if (drawn && requestConfig.verb !== "get") return; // a form with what is wrong in it
    event.detail.shouldSwap = false;
    if (!target.matches(".count")) failed(event.detail, drawn && xhr.response);
  });

  // A filter bar's address is the page's: what is filtered can be bookmarked, sent and reloaded.
  document.addEventListener("htmx:configRequest", (event) => {
    const form = event.detail.elt.closest("form[data-address]");
    if (!form) return;
    const parameters = event.detail.parameters;
    const pairs = [...new FormData(form)].filter(([, value]) => value !== "");
    const sort = new URLSearchParams(location.search).get("sort");
    if (sort) { pairs.push(["sort", sort]); parameters.sort = sort; }
    const query = new URLSearchParams(pairs).toString();
    history.replaceState(null, "", form.dataset.address + (query ? `?${query}` : ""));
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    // The link itself is gone by now, with the list it was in.
    const link = event.detail.requestConfig?.elt;
    if (event.detail.successful && link?.matches && link.matches("[data-list-link]")) history.replaceState(null, "", link.getAttribute("href"));
  });

  // Live: what the stream says, the fragments ask for by themselves (sse: triggers). Here only its state is shown.
  const live = (state) => {
    const place = one("[data-live]");
    if (!place) return;
    place.dataset.state = state;
    place.textContent = state === "lost" ? place.dataset.lost : place.dataset.text;
  };
  document.addEventListener("htmx:sseOpen", () => live("open"));
  document.addEventListener("htmx:sseError", () => live("lost"));

  const fit = (root) => all(".list-scroll", root).forEach((scroll) => {
    scroll.classList.remove("fits");
    scroll.classList.toggle("fits", scroll.scrollWidth <= scroll.clientWidth);
  });
  addEventListener("resize", () => fit(document));

  // Focus, lists that fit, names, and a dialog that comes with an answer.
  const settle = (root) => {
    fit(root.parentElement || document);
    all("[data-open-now]", root).forEach((dialog) => { dialog.removeAttribute("data-open-now"); open(dialog); });
    const focus = one("[data-focus]", root);
    if (focus) focus.focus();
    names(root);
  };
  document.addEventListener("htmx:afterSettle", (event) => settle(event.detail.elt));

  // What is written under a name elsewhere: one question for all customers that a page names.
  const known = new Map();
  const names = async (root) => {
    const links = all("[data-name-of]", root);
    const missing = [...new Set(links.map((link) => link.dataset.nameOf))].filter((id) => !known.has(id)).slice(0, 500);
    const write = () => links.forEach((link) => {
      const name = known.get(link.dataset.nameOf);
      if (name) link.textContent = name;
    });
    write();
    if (!missing.length) return;
    try {
      const query = new URLSearchParams(missing.map((id) => ["id", id]));
      const answer = await fetch(`/console/customers/names?${query}`, { headers: { Accept: "application/json" } });
      if (!answer.ok) return;
      for (const [id, name] of Object.entries(await answer.json())) known.set(id, name);
      write();
    } catch { /* the number stays, which is a name too */ }
  };

  // Where the focus is in a list: at a heading, or in a row, which is known by its page or its first cell.
  const keyOf = (row) => row.dataset.href || row.cells[0]?.textContent.trim();
  const placeIn = (list) => {
    const at = document.activeElement;
    if (!list.contains(at)) return null;
    const row = at.closest(ROW);
    if (!row) return { heading: all(".sorter", list).indexOf(at) };
    return { key: keyOf(row), index: all(ROW, list).indexOf(row), act: all(ACTS, row).indexOf(at) };
  };
  // The same place in what replaced it; where a row is gone, the one that moved up into its place.
  const backTo = (place, list) => {
    const rows = all(ROW, list), same = rows.find((row) => keyOf(row) === place.key);
    const row = same || rows[Math.min(place.index, rows.length - 1)];
    const found = place.heading >= 0 ? all(".sorter", list)[place.heading] : (same && all(ACTS, same)[place.act]) || row;
    (found || one(".list-scroll", list))?.focus({ preventScroll: true });
  };

  // A list that was loaded anew keeps the focus; rows that were not there before are shown as new.
  document.addEventListener("htmx:beforeSwap", (event) => {
    const list = event.detail.target.closest?.("[data-list]");
    if (!list || event.detail.xhr.status >= 400) return;
    const again = event.detail.requestConfig.elt === list, place = placeIn(list), { id } = list;
    const before = new Set(all(ROW, list).map(keyOf));
    document.addEventListener("htmx:afterSwap", () => {
      const now = document.getElementById(id);
      if (!now) return;
      if (again) all(ROW, now).forEach((row) => { if (!before.has(keyOf(row))) row.classList.add("fresh"); });
      if (place) backTo(place, now);
    }, { once: true });
  });

  settle(document);
})();
