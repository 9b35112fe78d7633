/* Keys of the desk. Load it on pages with an inbox.

   A, Q (and any letter): presses the visible element with data-key of that letter. J and K: the next and the previous link of .inbox-list.
   ?: opens <dialog id="keys">. Nothing happens while a field has the focus, a dialog is open, or a modifier is held.
   A checkbox with data-keys-switch inside that dialog turns the letters off for this browser (kept in localStorage). */

const STORE = "fabqueue.keys";

function isTyping(target) {
  return target.isContentEditable || /^(input|textarea|select)$/.test(target.localName) || document.querySelector("dialog[open]");
}

function press(letter) {
  const button = [...document.querySelectorAll(`[data-key="${CSS.escape(letter)}"]`)].find((found) => found.getClientRects().length);
  if (!button || button.disabled || button.getAttribute("aria-disabled") === "true") return false;
  button.focus();
  button.click();
  return true;
}

function step(by) {
  const links = [...document.querySelectorAll(".inbox-list a[href]")];
  const now = links.findIndex((link) => link.hasAttribute("aria-current"));
  const next = links[now < 0 ? 0 : now + by];
  if (!next) return false;
  next.focus();
  next.click();
  return true;
}

function openHelp() {
  const help = document.getElementById("keys");
  if (!help) return false;
  help.showModal();
  return true;
}

function isOff() {
  return localStorage.getItem(STORE) === "off";
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || isTyping(event.target)) return;
  if (event.key === "?") { if (openHelp()) event.preventDefault(); return; }
  if (isOff()) return;
  const letter = event.key.toLowerCase();
  const done = letter === "j" ? step(1) : letter === "k" ? step(-1) : /^[a-z]$/.test(letter) && press(letter);
  if (done) event.preventDefault();
});

for (const box of document.querySelectorAll("[data-keys-switch]")) {
  box.checked = !isOff();
  box.addEventListener("change", () => localStorage.setItem(STORE, box.checked ? "on" : "off"));
}
