/* Uploads by drag and drop. Load it on pages with the macro drop().

   Every <form data-upload> gets: dropping files on it, several files at once (two are sent at a time), a line with progress for each in the list named by
   data-list, and a button to stop. When the connection drops, stalls, or a proxy answers that the server is away, it is tried again by itself: at once when
   the browser says that the network is back, else after 3, 6, 12, then every 30 seconds; "Go on" does it now. When too much was sent in a short time
   (429), it goes on when Retry-After says so. Each file keeps one Idempotency-Key through
   all its tries, so a second try of an upload that did arrive makes nothing twice. What was on its way when the page was loaded again is asked for by name
   (kept in sessionStorage): the same file, chosen again, goes on under its key.
   All words come from the form's data-say-* attributes and its <template data-upload-item>.

   The form's action gets a POST of the form's fields with one file. It answers
   - JSON {"location": ADDRESS, "note": TEXT}: the line becomes a link (and with data-follow and one file the page goes there);
   - or HTML, an <li> that replaces the line (macro upload_item(), live with hx-trigger);
   - or an error: JSON or problem+json with "detail"; a 422 may carry such an <li> instead. Other errors offer another try.
   Without this script the form is a plain form. */

import { say } from "./live.js";

const AT_A_TIME = 2;
const PAUSES = [3, 6, 12, 30];
const STALLED_SECONDS = 45;          // without a byte moving; a server that has all of them may take longer to answer
const UNANSWERED_SECONDS = 180;
const STORE = "fabqueue.uploads";

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

/** What is on its way from this tab, so that a reload can ask for it: [{action, name, size, modified, key}]. */
const kept = {
  all() {
    return readJson(sessionStorage.getItem(STORE) ?? "[]") ?? [];
  },
  add(entry) {
    sessionStorage.setItem(STORE, JSON.stringify([...kept.all().filter((each) => each.key !== entry.key), entry]));
  },
  drop(key) {
    sessionStorage.setItem(STORE, JSON.stringify(kept.all().filter((each) => each.key !== key)));
  },
  of(form) {
    return kept.all().filter((each) => each.action === form.action);
  },
};

function isSame(entry, file) {
  return entry.name === file.name && entry.size === file.size && entry.modified === file.lastModified;
}

/** One file on its way: a line in the list, and as many tries as it takes. */
class Upload {
  constructor(form, file, queue, key = newKey()) {
    Object.assign(this, { form, file, queue, key, request: null, sent: 0, failures: 0, timer: 0, watch: 0 });
    this.say = form.dataset;
    this.line = form.querySelector("[data-upload-item]").content.firstElementChild.cloneNode(true);
    this.part = (selector) => this.line.querySelector(selector);
    this.part("[data-name]").textContent = file.name;
    this.part("progress").setAttribute("aria-label", fill(this.say.sayUploading, { name: file.name }));
    this.part("[data-stop]").setAttribute("aria-label", fill(this.say.sayStop, { name: file.name }));
    this.part("[data-stop]").addEventListener("click", () => this.stop());
    this.part("[data-again]").addEventListener("click", () => this.goOn());
  }

  wait() {
    kept.add({ action: this.form.action, name: this.file.name, size: this.file.size, modified: this.file.lastModified, key: this.key });
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

  /** The connection, or the server behind it, is away: try again by itself. */
  lost() {
    const pause = PAUSES[Math.min(this.failures, PAUSES.length - 1)];
    this.later(fill(this.say.sayDropped, { percent: this.percent() }), pause);
    this.queue.lost.add(this);
  }

  /** Too much was sent in a short time: try again by itself when the server, or a proxy before it, says so. */
  hurried(request) {
    const pause = Math.max(1, Number(request.getResponseHeader("Retry-After")) || PAUSES.at(-1));
    const time = new Intl.DateTimeFormat(document.documentElement.lang, { timeStyle: "medium" }).format(Date.now() + pause * 1000);
    this.sent = 0;
    this.later(fill(this.say.sayHurried, { time }), pause);
    this.queue.slowed.add(this);
  }

  later(note, seconds) {
    this.failures += 1;
    this.show(note, { failed: true, stop: true, again: true, progress: this.percent() });
    if (this.failures === 1) say(`${this.file.name}: ${note}`);
    this.timer = setTimeout(() => this.goOn(), seconds * 1000);
  }

  goOn() {
    clearTimeout(this.timer);
    this.queue.forget(this);
    this.queue.add(this);
  }

  fail(note, again) {
    kept.drop(this.key);
    this.show(note, { failed: true, again });
    say(`${this.file.name}: ${note}`);
  }

  stop() {
    clearTimeout(this.timer);
    this.queue.forget(this);
    kept.drop(this.key);
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
      request.addEventListener("error", () => this.lost());
      request.addEventListener("loadend", () => { clearTimeout(this.watch); this.request = null; resolve(); });
      this.beWatchful(request, STALLED_SECONDS);
      request.send(this.body());
    });
  }

  /** A Wi-Fi that went away often leaves a connection that never says so. */
  beWatchful(request, seconds) {
    clearTimeout(this.watch);
    this.watch = setTimeout(() => { if (this.request === request) { request.abort(); this.lost(); } }, seconds * 1000);
  }

  percent() {
    return Math.floor((100 * this.sent) / Math.max(1, this.file.size));
  }

  progress(event) {
    this.sent = Math.min(event.loaded, this.file.size);
    const size = humanSize(this.file.size);
    this.beWatchful(this.request, event.loaded >= event.total ? UNANSWERED_SECONDS : STALLED_SECONDS);
    if (event.loaded >= event.total) this.show(fill(this.say.sayReading, { size }), { stop: true });
    else this.show(fill(this.say.saySending, { sent: humanSize(this.sent), size }), { stop: true, progress: this.percent() });
  }

  answered(request) {
    const isHtml = (request.getResponseHeader("Content-Type") ?? "").includes("text/html");
    const answer = isHtml ? null : readJson(request.responseText);
    if (request.status >= 400 && !(isHtml && request.status === 422)) { this.refused(request, answer); return; }
    kept.drop(this.key);
    if (request.status < 400) say(fill(this.say.sayAll, { name: this.file.name }));
    if (isHtml) this.replace(request.responseText);
    else this.link(answer ?? {});
  }

  refused(request, answer) {
    const { status } = request;
    if ((status >= 502 && status <= 504) || status === 408 || answer?.code === "repeat_still_working") { this.lost(); return; }
    if (status === 429) { this.hurried(request); return; }
    const again = status >= 500 || status === 409;
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
    this.lost = new Set();          // go on when the network is back
    this.slowed = new Set();        // go on when the server said so
    addEventListener("online", () => [...this.lost].forEach((upload) => upload.goOn()));
  }

  add(upload) {
    upload.wait();
    this.waiting.push(upload);
    this.next();
  }

  forget(upload) {
    this.lost.delete(upload);
    this.slowed.delete(upload);
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
    return this.running + this.waiting.length + this.lost.size + this.slowed.size > 0;
  }
}

/** The key under which this very file was on its way before the page was loaded again; its line goes. */
function claimed(form, list, file) {
  const found = kept.of(form).find((entry) => isSame(entry, file));
  if (!found) return undefined;
  list.querySelector(`[data-key-of="${found.key}"]`)?.remove();
  return found.key;
}

/** Ask again for what was on its way. The browser gives no file back by itself. */
function recall(form, input) {
  const list = document.getElementById(form.dataset.list);
  for (const entry of kept.of(form)) {
    const line = form.querySelector("[data-upload-item]").content.firstElementChild.cloneNode(true);
    line.dataset.state = "failed";
    line.dataset.keyOf = entry.key;
    line.querySelector("[data-name]").textContent = entry.name;
    line.querySelector("[data-note]").textContent = form.dataset.sayRecall;
    line.querySelector("[data-note]").className = "err-t";
    line.querySelector("progress").remove();
    const [again, stop] = [line.querySelector("[data-again]"), line.querySelector("[data-stop]")];
    again.hidden = false;
    again.addEventListener("click", () => input.click());
    stop.setAttribute("aria-label", fill(form.dataset.sayForget, { name: entry.name }));
    stop.addEventListener("click", () => { kept.drop(entry.key); line.remove(); input.focus(); });
    list.append(line);
  }
}

function take(form, queue, files) {
  const list = document.getElementById(form.dataset.list);
  const limit = Number(form.dataset.maxBytes) || Infinity;
  const uploads = [...files].map((file) => new Upload(form, file, queue, claimed(form, list, file)));
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
  recall(form, input);
}

document.querySelectorAll("form[data-upload]").forEach(prepare);
