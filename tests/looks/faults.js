/* Faults of a page that a program can see: [kind, where, what]. Read by tests/looks/faults.py, never served. */
(phone) => {
  const found = [];
  const TOLERANCE = 1.5;
  const path = (element) => {
    const names = [];
    for (let at = element; at && at !== document.body && names.length < 3; at = at.parentElement) {
      const classes = [...at.classList].slice(0, 2).map((name) => "." + name).join("");
      names.unshift(at.tagName.toLowerCase() + (at.id ? "#" + at.id : classes));
    }
    return names.join(" ");
  };
  const style = (element) => getComputedStyle(element);
  const isShown = (element) => element.checkVisibility({ visibilityProperty: true, opacityProperty: true });
  const isHidden = (element) => element.closest(".vh, .skip:not(:focus), svg, noscript")
    || (element.closest("table.fold thead") && innerWidth < 640);              // names of columns stand in every folded row
  const ofPeople = (element) => element.closest("[translate=no], .prose");
  const fillsCard = (element) => getComputedStyle(element, "::after").position === "absolute";
  const scrolls = (element, axis) => ["auto", "scroll"].includes(style(element)["overflow" + axis]);
  const isBox = (element) => {
    const drawn = style(element);
    const painted = drawn.backgroundColor !== "rgba(0, 0, 0, 0)" || parseFloat(drawn.borderLeftWidth) > 0;
    return painted || drawn.overflowX !== "visible";
  };

  const width = document.documentElement.scrollWidth;
  if (width > innerWidth) found.push(["sideways", "html", `${width} px wide in a window of ${innerWidth}`]);

  const range = document.createRange();
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = texts.nextNode(); node; node = texts.nextNode()) {
    const text = node.data.trim();
    const parent = node.parentElement;
    if (!text || !isShown(parent) || isHidden(parent) || parent.closest("select, textarea, script, style, template")) continue;
    range.selectNodeContents(node);
    const rects = [...range.getClientRects()].filter((each) => each.width > 0.5);
    if (!rects.length) continue;
    const left = Math.min(...rects.map((each) => each.left)), right = Math.max(...rects.map((each) => each.right));
    const top = Math.min(...rects.map((each) => each.top)), bottom = Math.max(...rects.map((each) => each.bottom));
    for (let box = parent; box && box !== document.body; box = box.parentElement) {
      if (scrolls(box, "X") || scrolls(box, "Y")) break;
      if (style(box).display === "inline" || style(box).display === "contents" || !isBox(box)) continue;
      const edge = box.getBoundingClientRect();
      if (right > edge.right + TOLERANCE || left < edge.left - TOLERANCE) {
        const shortened = style(box).textOverflow === "ellipsis";      // three dots say that there is more
        found.push([shortened ? "shortened" : "sticks out", path(parent), `“${text.slice(0, 40)}” of ${path(box)}`]);
      } else if (style(box).overflowY !== "visible" && (bottom > edge.bottom + 4 || top < edge.top - 4)) {
        found.push([style(box).webkitLineClamp === "none" ? "cut off" : "shortened", path(parent), `“${text.slice(0, 40)}” of ${path(box)}`]);
      }
      break;
    }
    if (ofPeople(parent)) continue;
    // a figure and its unit belong together, and so does the code of a job
    const figure = /\d[\d.,:]*(?:[\s\u00a0]?(?:分钟|小时|秒|克|毫米|千克|天|份|件|个|°C|%|mm|cm|kg|kB|MB|min|g|h|s)(?![\p{Script=Latin}])|[\s\u00a0]?[€$¥])|[€$¥][\s\u00a0]?\d[\d.,]*|\bJ-\d+|\d{4}\u2060?年\u2060?\d+\u2060?月\u2060?\d+\u2060?日/gu;
    for (const match of node.data.matchAll(figure)) {
      range.setStart(node, match.index);
      range.setEnd(node, match.index + match[0].length);
      const lines = [...range.getClientRects()].filter((each) => each.width > 0.5);
      if (lines.length > 1 && lines.at(-1).top - lines[0].top > 6) found.push(["split figure", path(parent), match[0]]);
    }
  }

  const pen = document.createElement("canvas").getContext("2d");
  for (const select of document.querySelectorAll("select:not([multiple])")) {
    const chosen = select.selectedOptions[0]?.text ?? "";
    if (!chosen || !isShown(select) || isHidden(select)) continue;
    const drawn = style(select);
    pen.font = `${drawn.fontWeight} ${drawn.fontSize} ${drawn.fontFamily}`;
    const room = select.clientWidth - parseFloat(drawn.paddingLeft) - parseFloat(drawn.paddingRight);
    if (pen.measureText(chosen).width > room + TOLERANCE) found.push(["shortened", path(select), `“${chosen.slice(0, 60)}” is chosen`]);
  }

  for (const button of document.querySelectorAll(".btn, .tag, .state, .count, .site-nav a")) {
    if (!isShown(button)) continue;
    range.selectNodeContents(button);
    const lines = [...range.getClientRects()].filter((each) => each.width > 0.5 && each.height > 6);
    const tops = lines.map((each) => each.top + each.height / 2);
    const apart = Math.max(...tops) - Math.min(...tops);
    if (lines.length > 1 && apart > 14 && !button.closest(".site-nav")) {
      found.push(["two lines", path(button), button.textContent.trim().slice(0, 60)]);
    }
  }

  // Chinese: its own signs are wide and need no blank behind them, and none stands between its words
  if (document.documentElement.lang.startsWith("zh")) {
    const WIDE = "\\u3001\\u3002\\uff01\\uff08\\uff09\\uff0c\\uff1a\\uff1b\\uff1f", WORD = "\\u4e00-\\u9fff";
    const alone = (element) => !["inline", "contents"].includes(style(element).display);     // a badge, a button
    const words = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    let said = "", before = null;
    for (let node = words.nextNode(); node; node = words.nextNode()) {
      const parent = node.parentElement;
      if (!isShown(parent) || isHidden(parent) || parent.closest("select, textarea, script, style, template, pre")) continue;
      if (!ofPeople(parent)) for (const gap of node.data.matchAll(/\s+/g)) {
        range.setStart(node, gap.index);
        range.setEnd(node, gap.index + gap[0].length);
        if (![...range.getClientRects()].some((each) => each.width > 0.5)) continue;
        const inside = gap.index > 0, left = inside ? node.data[gap.index - 1] : said.at(-1) ?? "";
        const right = node.data[gap.index + gap[0].length] ?? "";
        if (!inside && node.previousSibling?.nodeName === "svg") continue;
        if (!right && node.nextElementSibling?.matches(".opt")) continue;   // "optional" beside a label
        const twoWords = new RegExp(`[${WORD}]`).test(left) && new RegExp(`[${WORD}${WIDE}]`).test(right);
        if (new RegExp(`[${WIDE}]`).test(left) && !(before && !inside && alone(before)) || twoWords) {
          found.push(["blank", path(parent), `“${(inside ? node.data : said + node.data).replace(/\s+/g, " ").trim().slice(0, 60)}”`]);
        }
      }
      const narrow = !ofPeople(parent) && node.data.match(new RegExp(`[${WORD}${WIDE}] ?[,;:?!()]|[,;:?!(] ?[${WORD}]`, "u"));
      if (narrow) found.push(["narrow sign", path(parent), `“${node.data.trim().slice(Math.max(0, narrow.index - 20), narrow.index + 30)}”`]);
      if (node.data.trim()) { said = node.data.trim(); before = parent; }
    }
  }

  if (phone) {
    const inline = (element) => element.closest("p, li, dd, td, th, small, h1, h2, h3, .job, label") && style(element).display.startsWith("inline")
      && !element.matches(".btn, button, select, input");
    for (const target of document.querySelectorAll("a[href], button, summary, select, input:not([type=hidden]), textarea")) {
      if (!isShown(target) || isHidden(target) || inline(target) || fillsCard(target) || target.closest("svg, dialog:not([open])")) continue;
      const named = target.closest("label") ?? (target.id && document.querySelector(`label[for="${CSS.escape(target.id)}"]`));
      const isBox = target.matches("[type=checkbox], [type=radio]") && named;
      const edge = (isBox ? named : target).getBoundingClientRect();
      if (edge.width && (edge.height < 36 || edge.width < 24)) {
        found.push(["small target", path(target), `${Math.round(edge.width)} × ${Math.round(edge.height)} “${target.textContent.trim().slice(0, 30)}”`]);
      }
    }
  }
  return found;
}
