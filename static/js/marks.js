/* Rings over the picture of a drawing: those of the finding that is looked at stand out, the others step back. */

const rings = (numbers) => numbers.map((number) => document.getElementById(`mark-${number}`)).filter(Boolean);

function show(event) {
  const finding = event.target.closest?.("[data-marks]");
  for (const ring of document.querySelectorAll(".marks .on")) ring.classList.remove("on");
  document.querySelector("svg.marks")?.classList.toggle("some", Boolean(finding));
  if (finding) for (const ring of rings(finding.dataset.marks.split(" "))) ring.classList.add("on");
}

for (const kind of ["focusin", "pointerover"]) document.addEventListener(kind, show);
