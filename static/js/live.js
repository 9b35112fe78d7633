/* Keeps a page honest while it is live. Loaded on every page.

   - Says things to screen readers: after a swap, the last new element with data-say is read out through the one polite region (#live).
     A text is said once for each id (or tag) and not again until it changes. Other modules use say(text).
   - When the server does not answer, shows #offline and lets polling (hx-trigger="every ...") back off: 5, 10, 20, 40, then every 60 seconds.
     The first answer hides it and says so.
   - Keeps the focus: when a swap took the control away that had it, the same control in the new part gets it (htmx does so for those with an id), or else
     the part, so that Tab goes on from there.
   - Shows error fragments: an answer of 400 and above is swapped in when the server sends HX-Retarget (templates/errors/_fragment.html). */

const live = document.getElementById("live");
const banner = document.getElementById("offline");
const said = new Map();
const shown = new WeakSet();
let failures = 0;
let quietUntil = 0;

/** Read `text` out politely. The same text twice in a row is read twice. */
export function say(text) {
  if (!live || !text) return;
  live.textContent = "";
  requestAnimationFrame(() => { live.textContent = text; });
}

function sayNew(root) {
  const found = [...root.querySelectorAll("[data-say]")];
  if (root.matches("[data-say]")) found.unshift(root);
  const news = found.filter((part) => said.get(keyOf(part)) !== part.dataset.say);
  for (const part of found) said.set(keyOf(part), part.dataset.say);
  if (news.length) say(news.at(-1).dataset.say);
}

function keyOf(part) {
  return part.id || part.closest("[id]")?.id || part.localName;
}

function lost() {
  failures += 1;
  quietUntil = Date.now() + Math.min(60, 5 * 2 ** (failures - 1)) * 1000;
  if (!banner || !banner.hidden) return;
  banner.hidden = false;
  say(banner.textContent.trim());
}

function answered() {
  failures = 0;
  quietUntil = 0;
  if (!banner || banner.hidden) return;
  banner.hidden = true;
  say(banner.dataset.back);
}

/* A request that nobody pressed a button for: htmx gives polls no triggering event. */
function isPoll(config) {
  return !config.triggeringEvent && config.verb === "get";
}

document.body.addEventListener("htmx:beforeRequest", (event) => {
  if (Date.now() < quietUntil && isPoll(event.detail.requestConfig)) event.preventDefault();
});
/* A field that changed asks where its form says. htmx would ask where the button leads that happens to have the focus by then, and do its deed. */
document.body.addEventListener("htmx:configRequest", (event) => {
  const { elt, verb, triggeringEvent } = event.detail;
  const own = elt.localName === "form" && triggeringEvent?.type !== "submit" && elt.getAttribute(`hx-${verb}`);
  if (own) event.detail.path = own;
});
/* What was asked before a field changed is out of date: its answer would take the new choice back while the next question still waits for its delay. */
document.body.addEventListener("change", (event) => {
  const { form } = event.target;
  if (form?.getAttribute("hx-sync") === "this:replace") globalThis.htmx.trigger(form, "htmx:abort");
}, true);
document.body.addEventListener("htmx:sendError", lost);
document.body.addEventListener("htmx:timeout", lost);
document.body.addEventListener("htmx:afterRequest", (event) => {
  const status = event.detail.xhr?.status ?? 0;
  if (status >= 502 && status <= 504) lost();
  else if (status > 0) answered();
});
/* A dialog whose question does not come makes way for what is said about it. */
document.body.addEventListener("htmx:afterRequest", (event) => {
  const { elt, xhr } = event.detail;
  const failed = !xhr?.status || xhr.status >= 400;
  const dialog = failed && elt.dataset?.dialog ? document.getElementById(elt.dataset.dialog) : null;
  if (dialog?.open) dialog.close();
});
document.body.addEventListener("htmx:beforeSwap", (event) => {
  const { xhr } = event.detail;
  if (xhr.status < 400 || !xhr.getResponseHeader("HX-Retarget")) return;
  event.detail.shouldSwap = true;
  event.detail.isError = false;
  shown.add(xhr);
});
/* A part that renewed itself meanwhile took the target away, and nobody heard the event above. */
document.body.addEventListener("htmx:afterRequest", (event) => {
  const { xhr } = event.detail;
  const place = xhr?.status >= 400 && !shown.has(xhr) && xhr.getResponseHeader("HX-Retarget");
  const target = place && document.querySelector(place);
  if (!target) return;
  shown.add(xhr);
  globalThis.htmx.swap(target, xhr.responseText, { swapStyle: "innerHTML" });
  sayNew(target);
});
document.body.addEventListener("htmx:afterSwap", (event) => sayNew(event.detail.elt));

/** What a control does, to know it again in a part that came anew. */
function deedOf(control) {
  const { localName, href, form, name, value } = control;
  return [localName, href, form?.getAttribute("action"), name, localName === "button" ? value : "", control.getAttribute("aria-label") ?? control.textContent].join("|");
}

let focused = null;
document.body.addEventListener("htmx:beforeSwap", () => {
  const control = document.activeElement;
  focused = control && control !== document.body ? { control, deed: deedOf(control), part: control.closest("section[id], div[id], form[id]")?.id } : null;
});
document.body.addEventListener("htmx:afterSwap", () => {
  if (!focused || focused.control.isConnected || document.activeElement !== document.body) return;
  const part = document.getElementById(focused.part);
  const same = [...(part?.querySelectorAll(focused.control.localName) ?? [])].find((control) => deedOf(control) === focused.deed);
  if (part && !same) part.tabIndex = -1;
  (same ?? part)?.focus({ preventScroll: true });
});
for (const part of document.querySelectorAll("[data-say]")) said.set(keyOf(part), part.dataset.say);
addEventListener("online", () => { quietUntil = 0; });
