/* Lists that are put in order by dragging. Load it on pages with such a list; buttons do the same without it.

   <ol data-order="ADDRESS"> whose <li data-key="..."> each hold a [data-grip]: when an item was dropped elsewhere, the keys are posted to ADDRESS as fields
   "order", in their new order, and the page is loaded anew. Without an address, the form in the item that posts its place as `to` (counted from 0) is sent, as
   its buttons would. Works with mouse, pen and finger; htmx may swap the list at any time. */

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

function keep(list, item, place) {
  if (list.dataset.order) {
    sendKeys(list);
    return;
  }
  const form = [...item.querySelectorAll("form")].find((found) => found.elements.to);
  form.elements.to.value = place;
  form.requestSubmit();
}

function begin(list, item, event) {
  const place = () => [...list.children].indexOf(item);
  const before = place();
  event.preventDefault();
  item.dataset.dragged = "";
  const move = (moved) => list.insertBefore(item, below(list, item, moved.clientY));
  const ended = new AbortController(); // on the document: an item that is moved in the page loses a captured pointer
  const end = () => {
    delete item.dataset.dragged;
    ended.abort();
    if (place() !== before) keep(list, item, place());
  };
  document.addEventListener("pointermove", move, { signal: ended.signal });
  document.addEventListener("pointerup", end, { signal: ended.signal });
  document.addEventListener("pointercancel", end, { signal: ended.signal });
}

document.documentElement.classList.add("can-drag");
document.addEventListener("pointerdown", (event) => {
  const item = event.target.closest("[data-grip]")?.closest("[data-order] > li");
  if (item && event.button === 0) begin(item.parentElement, item, event);
});
