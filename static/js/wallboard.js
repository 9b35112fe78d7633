/* Says how old the wallboard is. Load it on the wallboard only.

   The board asks for itself every few seconds (htmx); each answer, also "nothing new", makes it fresh. After half a minute without one, #old is shown with
   the minutes since the last: its text comes from data-text. Asking goes on by itself (live.js). */

const PATIENCE_SECONDS = 30;
const old = document.getElementById("old");
let heard = Date.now();

function look() {
  const seconds = (Date.now() - heard) / 1000;
  old.hidden = seconds < PATIENCE_SECONDS;
  if (old.hidden) return;
  const text = old.dataset.text.replace("{minutes}", String(Math.max(1, Math.round(seconds / 60))));
  if (old.textContent !== text) old.textContent = text;
}

document.body.addEventListener("htmx:afterRequest", (event) => {
  const status = event.detail.xhr?.status ?? 0;
  if (status < 200 || status >= 400) return;
  heard = Date.now();
  look();
});
setInterval(look, 2000);
