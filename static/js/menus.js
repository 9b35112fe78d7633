/* Dialogs and menus. Loaded on every page; everything works without it.

   - <a data-dialog="ID" href="CONFIRMATION PAGE">: opens <dialog id="ID"> instead of following the link. A click with a modifier key still follows it.
   - Inside a dialog, a button with formmethod="dialog" closes it (the browser's own doing); a click on the backdrop closes it too.
   - Where a browser lacks popovers, [popovertarget] toggles its menu with the hidden attribute. */

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-dialog]");
  if (!opener || event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
  const dialog = document.getElementById(opener.dataset.dialog);
  if (!dialog?.showModal) return;
  event.preventDefault();
  if (opener.hasAttribute("hx-get")) empty(dialog);
  if (!dialog.open) dialog.showModal();
});

/* Until the question comes, nothing of the one before may stand there: somebody quick would answer it. */
const blank = new WeakMap();

function empty(dialog) {
  if (blank.has(dialog)) dialog.innerHTML = blank.get(dialog);
  else blank.set(dialog, dialog.innerHTML);
}

document.addEventListener("click", (event) => {
  const dialog = event.target;
  if (dialog.localName !== "dialog" || !dialog.matches(":modal")) return;
  const box = dialog.getBoundingClientRect();
  const inside = event.clientX >= box.left && event.clientX <= box.right && event.clientY >= box.top && event.clientY <= box.bottom;
  if (!inside) dialog.close();
});

function togglePlainMenus() {
  for (const button of document.querySelectorAll("[popovertarget]")) {
    const menu = document.getElementById(button.getAttribute("popovertarget"));
    if (!menu) continue;
    menu.hidden = true;
    button.setAttribute("aria-expanded", "false");
    button.addEventListener("click", () => {
      menu.hidden = !menu.hidden;
      button.setAttribute("aria-expanded", String(!menu.hidden));
    });
  }
}

if (!("popover" in HTMLElement.prototype)) togglePlainMenus();
