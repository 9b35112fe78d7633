// Pictures into the documentation, where the cursor stands. Without script their text is copied by hand.

const box = document.querySelector("#documentation");

for (const button of document.querySelectorAll("[data-insert]")) {
  button.hidden = false;
  button.addEventListener("click", () => {
    box.focus();
    box.setRangeText(`\n\n${button.dataset.insert}\n\n`, box.selectionStart, box.selectionEnd, "end");
    box.dispatchEvent(new Event("input", { bubbles: true }));
  });
}
