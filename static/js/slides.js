/* Keys for slides. Load it on pages with [data-slides]; scrolling, swiping and the links between slides work without it.

   Right, Down, Page Down, Space: the next slide. Left, Up, Page Up: the one before. Home, End: the first, the last. F: the whole screen.
   Escape: leaves the presentation (the link data-leave), unless it just left the whole screen. The heading of the slide takes the focus, so that a
   screen reader reads it; the address names the slide, so that a reload stays there. On a page with more than slides only keys pressed inside them count. */

const strip = document.querySelector("[data-slides]");
const slides = [...strip.querySelectorAll(".slide")];
const leave = document.querySelector("[data-leave]");
const full = document.querySelector("[data-full]");
const calm = matchMedia("(prefers-reduced-motion: reduce)");
const STEPS = { ArrowRight: 1, ArrowDown: 1, PageDown: 1, " ": 1, ArrowLeft: -1, ArrowUp: -1, PageUp: -1 };
let wanted = null;

function current() {
  const left = strip.getBoundingClientRect().left;
  const far = slides.map((slide) => Math.abs(slide.getBoundingClientRect().left - left));
  return far.indexOf(Math.min(...far));
}

function go(index) {
  const slide = slides[Math.max(0, Math.min(slides.length - 1, index))];
  wanted = slides.indexOf(slide);
  strip.scrollTo({ left: slide.offsetLeft - strip.offsetLeft, behavior: calm.matches ? "instant" : "smooth" });
  slide.querySelector("h1, h2")?.focus({ preventScroll: true });
  history.replaceState(null, "", `#${slide.id}`);
}

function place() {
  return wanted ?? current();
}

function pressed(event) {
  if (event.key === "Home") return 0;
  if (event.key === "End") return slides.length - 1;
  const step = event.shiftKey && event.key === " " ? -1 : STEPS[event.key];
  return step ? place() + step : null;
}

function isElsewhere(target) {
  if (target.closest("a, button") && !strip.contains(target)) return true;
  return !leave && !strip.contains(target);
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, textarea, select, dialog[open]")) return;
  if (event.key === " " && event.target.closest("button")) return;
  if (leave && event.key === "Escape" && !document.fullscreenElement) { leave.click(); return; }
  if (leave && event.key.toLowerCase() === "f" && full && !full.hidden) { full.click(); return; }
  if (isElsewhere(event.target)) return;
  const index = pressed(event);
  if (index === null) return;
  event.preventDefault();
  go(index);
});

strip.addEventListener("scrollend", () => { wanted = null; });
strip.addEventListener("click", (event) => {
  const link = event.target.closest('a[href^="#s"]');
  const index = slides.findIndex((slide) => `#${slide.id}` === link?.getAttribute("href"));
  if (index < 0) return;
  event.preventDefault();
  go(index);
});

if (full && document.documentElement.requestFullscreen) {
  full.hidden = false;
  full.addEventListener("click", () => {
    if (document.fullscreenElement) document.exitFullscreen();
    else document.documentElement.requestFullscreen();
  });
}
