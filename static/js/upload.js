/* Uploads by drag and drop. Load it on pages with the macro drop().

   Every <form data-upload> gets: dropping files on it, several files at once (two are sent at a time), a line with progress for each in the list named by
   data-list, a button to stop, and "Go on" when the connection dropped. Each file keeps one Idempotency-Key through all its tries, so a second try of
   an upload that did arrive makes nothing twice. All words come from the form's data-say-* attributes and its <template data-upload-item>.

   The form's action gets a POST of the form's fields with one file. It answers
   - JSON {"location": ADDRESS, "note": TEXT}: the line becomes a link (and with data-follow and one file the page goes there);
   - or HTML, an <li> that replaces the line (macro upload_item(), live with hx-trigger);
   - or an error: JSON or problem+json with "detail"; a 422 may carry such an <li> instead. Other errors offer another try.
   Without this script the form is a plain form. */

import { say } from "./live.js";

const AT_A_TIME = 2;

function newKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));          // randomUUID needs https, a lab's plain address has none
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

function fill(text, values) {
  return text.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
}

function humanSize(bytes) {
  const unit = bytes < 1e6 ? "kilobyte" : "megabyte";
  const value = bytes / (unit === "kilobyte" ? 1e3 : 1e6);
  return new Intl.NumberFormat(document.documentElement.lang, { style: "unit", unit, maximumFractionDigits: value < 10 ? 1 : 0 }).format(value);
}

/** One file on its way: a line in the list, and as many tries as it takes. */
class Upload {
  constructor(form, file, queue) {
    Object.assign(this, { form, file, queue, key: newKey(), request: null, sent: 0 });
    this.say = form.dataset;
    this.line = form.querySelector("[data-upload-item]").content.firstElementChild.cloneNode(true);
    this.part = (selector) => this.line.querySelector(selector);
    this.part("[data-name]").textContent = file.name;
    this.part("progress").setAttribute("aria-label", fill(this.say.sayUploading, { name: file.name }));
    this.part("[data-stop]").setAttribute("aria-label", fill(this.say.sayStop, { name: file.name }));
    this.part("[data-stop]").addEventListener("click", () => this.stop());
    this.part("[data-again]").addEventListener("click", () => this.queue.add(this));
  }

  wait() {
    this.show(this.say.sayWaiting, { stop: true });
  }

  show(note, { failed = false, stop = false, again = false, progress = null } = {}) {
    const text = this.part("[data-note]");
    text.textContent = note;
    text.className = failed ? "err-t" : "muted";
    if (failed) this.line.dataset.state = "failed"; else delete this.line.dataset.state;
    this.part("[data-stop]").hidden = !stop;
    this.part("[data-again]").hidden = !again;
    const bar = this.part("progress");
    bar.hidden = !stop;
    if (progress === null) bar.removeAttribute("value"); else bar.value = progress;
  }

  fail(note, again) {
    this.show(note, { failed: true, again });
    say(`${this.file.name}: ${note}`);
  }

  stop() {
    if (this.request) this.request.abort();
    else this.queue.drop(this);
    this.show(this.say.sayStopped, { failed: true, again: true });
  }

  body() {
    const data = new FormData(this.form);
    const field = this.form.querySelector('input[type="file"]').name;
    data.delete(field);
    data.append(field, this.file, this.file.name);
    return data;
  }

  send() {
    return new Promise((resolve) => {
      const request = new XMLHttpRequest();
      this.request = request;
      this.sent = 0;
      request.open("POST", this.form.action);
      request.setRequestHeader("Accept", "application/json, text/html;q=0.9");
      request.setRequestHeader("Idempotency-Key", this.key);
      request.setRequestHeader("X-Requested-With", "XMLHttpRequest");
      request.upload.addEventListener("progress", (event) => this.progress(event));
      request.addEventListener("load", () => this.answered(request));
      request.addEventListener("error", () => this.fail(fill(this.say.sayDropped, { percent: this.percent() }), true));
      request.addEventListener("loadend", () => { this.request = null; resolve(); });
      request.send(this.body());
    });
  }

  percent() {
    return Math.floor((100 * this.sent) / Math.max(1, this.file.size));
  }

  progress(event) {
    this.sent = Math.min(event.loaded, this.file.size);
    const size = humanSize(this.file.size);
    if (event.loaded >= event.total) this.show(fill(this.say.sayReading, { size }), { stop: true });
    else this.show(fill(this.say.saySending, { sent: humanSize(this.sent), size }), { stop: true, progress: this.percent() });
  }

  answered(request) {
    const isHtml = (request.getResponseHeader("Content-Type") ?? "").includes("text/html");
    const answer = isHtml ? null : readJson(request.responseText);
    if (request.status >= 400 && !(isHtml && request.status === 422)) { this.refused(request.status, answer); return; }
    if (request.status < 400) say(fill(this.say.sayAll, { name: this.file.name }));
    if (isHtml) this.replace(request.responseText);
    else this.link(answer ?? {});
  }

  refused(status, answer) {
    const again = status >= 500 || status === 408 || status === 409 || status === 429;
    this.fail(answer?.detail ?? answer?.title ?? fill(this.say.sayRefused, { status }), again);
  }

  replace(html) {
    const page = new DOMParser().parseFromString(`<ul>${html}</ul>`, "text/html");
    const lines = [...page.body.firstElementChild.children];
    this.line.replaceWith(...lines);
    lines.forEach((line) => window.htmx?.process(line));
  }

  link({ location: address, note }) {
    this.line.dataset.state = "ready";
    this.show(note ?? fill(this.say.sayDone, { size: humanSize(this.file.size) }));
    if (!address) return;
    this.location = address;
    const link = document.createElement("a");
    link.href = address;
    const name = this.part("[data-name]");
    name.replaceWith(link);
    link.append(name);
  }
}

function readJson(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;          // a proxy answered in its own words; the status says enough
  }
}

/** Sends what is waiting, a few at a time, in the order it came. */
class Queue {
  constructor() {
    this.waiting = [];
    this.running = 0;
  }

  add(upload) {
    upload.wait();
    this.waiting.push(upload);
    this.next();
  }

  drop(upload) {
    this.waiting = this.waiting.filter((other) => other !== upload);
  }

  next() {
    while (this.running < AT_A_TIME && this.waiting.length) this.run(this.waiting.shift());
  }

  async run(upload) {
    this.running += 1;
    await upload.send();
    this.running -= 1;
    this.done?.(upload);
    this.next();
  }

  get busy() {
    return this.running + this.waiting.length > 0;
  }
}

function take(form, queue, files) {
  const list = document.getElementById(form.dataset.list);
  const limit = Number(form.dataset.maxBytes) || Infinity;
  const uploads = [...files].map((file) => new Upload(form, file, queue));
  queue.done = (upload) => { if ("follow" in form.dataset && uploads.length === 1 && upload.location) location.assign(upload.location); };
  for (const upload of uploads) {
    list.append(upload.line);
    if (upload.file.size > limit) upload.fail(form.dataset.sayLarge, false);
    else queue.add(upload);
  }
}

function prepare(form) {
  const queue = new Queue();
  const input = form.querySelector('input[type="file"]');
  const accept = (files) => {
    if (!files.length) return;
    take(form, queue, input.multiple ? files : [files[0]]);
    input.value = "";
  };
  form.querySelector("[data-upload-submit]")?.setAttribute("hidden", "");
  input.addEventListener("change", () => accept([...input.files]));
  form.addEventListener("submit", (event) => { event.preventDefault(); accept([...input.files]); });
  for (const name of ["dragenter", "dragover"]) form.addEventListener(name, (event) => { event.preventDefault(); form.classList.add("over"); });
  for (const name of ["dragleave", "drop"]) form.addEventListener(name, () => form.classList.remove("over"));
  form.addEventListener("drop", (event) => { event.preventDefault(); accept([...event.dataTransfer.files]); });
  addEventListener("beforeunload", (event) => { if (queue.busy) event.preventDefault(); });
}

document.querySelectorAll("form[data-upload]").forEach(prepare);
