/* Keeps a page honest while it is live. Loaded on every page.

   - Says things to screen readers: after a swap, the last new element with data-say is read out through the one polite region (#live).
     A text is said once for each id (or tag) and not again until it changes. Other modules use say(text).
   - When the server does not answer, shows #offline and lets polling (hx-trigger="every ...") back off: 5, 10, 20, 40, then every 60 seconds.
     The first answer hides it and says so.
   - Shows error fragments: an answer of 400 and above is swapped in when the server sends HX-Retarget (templates/errors/_fragment.html). */

const live = document.getElementById("live");
const banner = document.getElementById("offline");
const said = new Map();
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
document.body.addEventListener("htmx:sendError", lost);
document.body.addEventListener("htmx:timeout", lost);
document.body.addEventListener("htmx:afterRequest", (event) => {
  const status = event.detail.xhr?.status ?? 0;
  if (status >= 502 && status <= 504) lost();
  else if (status > 0) answered();
});
document.body.addEventListener("htmx:beforeSwap", (event) => {
  const { xhr } = event.detail;
  if (xhr.status < 400 || !xhr.getResponseHeader("HX-Retarget")) return;
  event.detail.shouldSwap = true;
  event.detail.isError = false;
});
document.body.addEventListener("htmx:afterSwap", (event) => sayNew(event.detail.elt));
for (const part of document.querySelectorAll("[data-say]")) said.set(keyOf(part), part.dataset.say);
addEventListener("online", () => { quietUntil = 0; });
