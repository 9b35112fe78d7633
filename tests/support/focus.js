// What has the focus: whether it is seen, where it is, and the how-manieth thing of this page it is that ever had it.
() => {
  const found = document.activeElement;
  if (!found || found === document.body) return null;
  const style = getComputedStyle(found), box = found.getBoundingClientRect();
  const ring = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
  const [tall, wide] = [box.height > innerHeight, box.width > innerWidth];
  const inside = (tall || box.top > -1 && box.bottom < innerHeight + 1) && (wide || box.left > -1 && box.right < innerWidth + 1);
  const [x, y] = [Math.max(box.left, 0) + Math.min(box.width, innerWidth) / 2, Math.max(box.top, 0) + Math.min(box.height, innerHeight) / 2];
  const over = document.elementFromPoint(x, y);
  const free = !over || over === found || found.contains(over) || over.contains(found) || [...(found.labels ?? [])].some((label) => label.contains(over));
  const first = globalThis.fabqueueStops ??= new WeakMap();
  if (!first.has(found)) first.set(found, globalThis.fabqueueCount = (globalThis.fabqueueCount ?? 0) + 1);
  return {
    ring: ring || style.boxShadow !== "none" && found.matches(":focus-visible"), inside: inside && box.width > 0, free,
    number: first.get(found), html: found.outerHTML.slice(0, 200), tabindex: found.tabIndex,
    top: box.top + scrollY, bottom: box.bottom + scrollY, left: box.left, right: box.right,
    place: found.closest("form, section, aside, nav, header, footer, dialog, article, [popover]")?.outerHTML.slice(0, 80) ?? "",
  };
}
