/* Lists that are put in order by dragging or by their buttons. Load it on pages with such a list; buttons do the same without it.

   <ol data-order="ADDRESS"> whose <li data-key="..."> each hold a [data-grip]: when an item was dropped elsewhere, the keys are posted to ADDRESS as fields
   "order", in their new order, and the page is loaded anew. Without an address, the form in the item that posts its place as `to` (counted from 0) is sent, as
   its buttons would; a field `before` in it gets the key of the item that comes next. Works with mouse, pen and finger; Escape puts the item back.

   htmx may swap the list at any time, but for two: while an item is being dragged, and while a change is on its way. What is pressed or dropped meanwhile waits
   for that answer, and is done in the list that it brought. Whoever has the focus on a button keeps it, and keeps seeing it. */

import { say } from "./live.js";

const HEADERS = JSON.parse(document.body.getAttribute("hx-headers") || "{}");

/* The item above which the pointer is, or null below the last one. */
function below(list, dragged, height) {
  return [...list.children].find((item) => {
    const box = item.getBoundingClientRect();
    return item !== dragged && height < box.top + box.height / 2;
  }) || null;
}

async function sendKeys(list) {
  const body = new FormData();
  for (const item of list.children) body.append("order", item.dataset.key);
  const answer = await fetch(list.dataset.order, { method: "POST", headers: HEADERS, body, redirect: "manual" })
    .catch(() => null); // the network is lost
  if (answer?.type === "opaqueredirect" || answer?.ok) location.reload();
  else say(list.dataset.failed);
}

function keep(list, item) {
  if (list.dataset.order) sendKeys(list);
  else send(item, [...list.children].indexOf(item), item.nextElementSibling?.dataset.key ?? "");
}

function send(item, place, before) {
  const form = [...item.querySelectorAll("form")].find((found) => found.elements.to);
  form.elements.to.value = place;
  if (form.elements.before) form.elements.before.value = before;
  form.requestSubmit();
}

function begin(list, item, event) {
  const before = item.nextElementSibling;
  event.preventDefault();
  item.dataset.dragged = "";
  const move = (moved) => list.insertBefore(item, below(list, item, moved.clientY));
  const ended = new AbortController(); // on the document: an item that is moved in the page loses a captured pointer
  const end = ({ type }) => {
    delete item.dataset.dragged;
    ended.abort();
    if (type !== "pointerup") list.insertBefore(item, before);
    else if (item.nextElementSibling !== before) keep(list, item);
  };
  document.addEventListener("pointermove", move, { signal: ended.signal });
  document.addEventListener("pointerup", end, { signal: ended.signal });
  document.addEventListener("pointercancel", end, { signal: ended.signal });
  document.addEventListener("keydown", (pressed) => pressed.key === "Escape" && end(pressed), { signal: ended.signal });
}

/* The request that changes a list now, the form that sent it, and what waits for the answer. */
let change = null;
let sender = null;
const waiting = [];

function goOn() {
  change = sender = null;
  for (let left = waiting.length; left && !change; left -= 1) waiting.shift()();
}

function hasList(part) {
  return Boolean(part?.matches("[data-order]") || part?.querySelector("[data-order]"));
}

function changesList(form) {
  return form.hasAttribute("hx-post") && hasList(document.querySelector(form.getAttribute("hx-target")));
}

/* Does later, in the list as it stands then, what a button or a drop asked for. */
function again(form, button) {
  if (button) return () => document.getElementById(button.id)?.click();
  const key = CSS.escape(form.closest("[data-key]").dataset.key);
  const [place, before] = [form.elements.to.value, form.elements.before?.value];
  return () => {
    const item = document.querySelector(`[data-order] > [data-key="${key}"]`);
    if (item) send(item, place, before);
  };
}

document.addEventListener("submit", (event) => {
  const { target: form, submitter: button } = event;
  const isOff = button?.getAttribute("aria-disabled") === "true";
  const isEarly = change || form.closest(".htmx-settling"); // htmx does not know the buttons yet that it has just brought
  if (!changesList(form) || !(isOff || isEarly)) return;
  event.preventDefault();
  event.stopPropagation();
  if (!isOff) waiting.push(again(form, button));
}, true);
document.body.addEventListener("htmx:beforeRequest", ({ detail: { elt, requestConfig, target, xhr } }) => {
  if (requestConfig.verb === "post" && hasList(target)) [change, sender] = [xhr, elt];
});
document.body.addEventListener("htmx:beforeSwap", (event) => {
  const { target, xhr } = event.detail;
  const isHeld = target.querySelector("[data-dragged]") || (change && xhr !== change && hasList(target));
  if (isHeld) event.detail.shouldSwap = false;
});
document.body.addEventListener("htmx:afterSettle", ({ detail: { elt, xhr } }) => {
  if (!(elt instanceof Element)) return; // the blanks around a part settle too
  if (xhr === change) document.activeElement.closest(".btn")?.scrollIntoView({ block: "nearest" });
  if (xhr === change || (!change && hasList(elt))) goOn();
});
/* Nothing came that could be swapped in. */
document.body.addEventListener("htmx:afterRequest", ({ detail: { xhr, successful } }) => {
  if (xhr !== change || (successful && !sender.isConnected)) return;
  if (!successful) waiting.length = 0;
  goOn();
});

document.documentElement.classList.add("can-drag");
document.addEventListener("pointerdown", (event) => {
  const item = event.target.closest("[data-grip]")?.closest("[data-order] > li");
  if (item && event.button === 0) begin(item.parentElement, item, event);
});
