"use strict";
// The new-job form with a script: files dropped one after another, refusals beside the files, an upload bar.

const form = document.getElementById("new-job");
const rows = document.getElementById("rows");
const picker = document.getElementById("files");
const folder = document.getElementById("folder");
const refusal = document.getElementById("refusal");
const extensions = form.dataset.extensions.split(" ");
const chosen = []; // {name, file, row}
let key = crypto.randomUUID ? crypto.randomUUID() : String(Math.random()); // the same until a job is accepted or changed

const size = (bytes) => {
  for (const unit of ["B", "kB", "MB", "GB"]) {
    if (bytes < 1000 || unit === "GB") return (unit === "B" || bytes >= 10 ? bytes.toFixed(0) : bytes.toFixed(1)) + " " + unit;
    bytes /= 1000;
  }
};

const documents = (count) => (count === 1 ? "1 document" : `${count} documents`);

// A refusal names its file first, which the row says already; what is left begins with the line or the reason.
function afterName(detail, name) {
  const rest = detail.startsWith(name) ? detail.slice(name.length).replace(/^[,:] /, "") : detail;
  return rest.charAt(0).toUpperCase() + rest.slice(1);
}

function element(tag, text, className) {
  const made = document.createElement(tag);
  if (text !== undefined) made.textContent = text;
  if (className) made.className = className;
  return made;
}

function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  svg.setAttribute("class", "icon");
  svg.setAttribute("viewBox", "0 0 16 16");
  svg.setAttribute("aria-hidden", "true");
  use.setAttribute("href", "#i-" + name);
  svg.append(use);
  return svg;
}

function reasonAgainst(file, name) {
  const extension = name.slice(name.lastIndexOf(".")).toLowerCase();
  if (!extensions.includes(extension)) return "This type is not read.";
  if (file.size === 0) return "The file is empty.";
  const isText = extension === ".txt" || extension === ".md";
  if (isText && file.size > Number(form.dataset.maxDocumentBytes)) return "The document is too large.";
  return "";
}

function mark(entry, reasons) {
  const cell = entry.row.cells[2];
  cell.replaceChildren();
  entry.row.classList.toggle("refused", reasons.length > 0);
  if (!reasons.length) {
    cell.append(element("span", "ready", "muted"));
    return;
  }
  for (const reason of reasons.slice(0, 5)) {
    const line = element("p", undefined, "error");
    line.append(icon("alert"), reason);
    cell.append(line);
  }
  if (reasons.length > 5) cell.append(element("p", `and ${reasons.length - 5} more`, "muted"));
}

function add(file, name) {
  if (name.split("/").some((part) => part.startsWith("."))) return; // what operating systems leave beside files
  if (chosen.some((entry) => entry.name === name && entry.file.size === file.size && entry.file.lastModified === file.lastModified)) return;
  const row = element("tr");
  const remove = element("button", "Remove", "plain");
  remove.type = "button";
  remove.append(element("span", " " + name, "unseen"));
  const entry = { name, file, row };
  remove.addEventListener("click", () => { chosen.splice(chosen.indexOf(entry), 1); row.remove(); count(); });
  const last = element("td");
  last.append(remove);
  row.append(element("td", name, "break"), element("td", size(file.size), "number"), element("td"), last);
  chosen.push(entry);
  rows.append(row);
  const reason = reasonAgainst(file, name);
  mark(entry, reason ? [reason] : []);
}

function count() {
  const bytes = chosen.reduce((sum, entry) => sum + entry.file.size, 0);
  document.getElementById("chosen").hidden = !chosen.length;
  document.getElementById("chosen-count").textContent = `${chosen.length} file${chosen.length === 1 ? "" : "s"}, ${size(bytes)}`;
  key = crypto.randomUUID ? crypto.randomUUID() : String(Math.random());
}

async function walk(entry, path) {
  if (entry.isFile) {
    add(await new Promise((good, bad) => entry.file(good, bad)), path + entry.name);
    return;
  }
  const reader = entry.createReader();
  for (;;) { // a reader hands out a hundred entries at a time
    const found = await new Promise((good, bad) => reader.readEntries(good, bad));
    if (!found.length) return;
    for (const inside of found) await walk(inside, path + entry.name + "/");
  }
}

async function dropped(event) {
  const items = [...event.dataTransfer.items].filter((item) => item.kind === "file");
  const entries = items.map((item) => item.webkitGetAsEntry && item.webkitGetAsEntry());
  if (entries.length && entries.every(Boolean)) {
    for (const entry of entries) await walk(entry, "");
  } else {
    for (const file of event.dataTransfer.files) add(file, file.name);
  }
  count();
}

const fieldsOf = (task) => form.querySelector(`[data-for-task="${task}"]`);

function fitTargets(fields) {
  const from = fields?.querySelector('[data-kind="source"]'), to = fields?.querySelector('[data-kind="target"]');
  if (!from || !to) return "";
  const pairs = form.dataset.pairs.split(" ");
  if (form.dataset.anyPair !== "yes") {
    for (const option of to.options) option.disabled = !pairs.includes(from.value + ">" + option.value);
    if (to.selectedOptions[0]?.disabled) to.value = [...to.options].find((option) => !option.disabled)?.value ?? "";
  }
  return from.value + ">" + to.value;
}

function fitChoices() {
  const task = form.elements.task.value;
  const purpose = form.elements.purpose.value;
  const pair = fitTargets(fieldsOf(task));
  for (const part of form.querySelectorAll("[data-for-task]")) part.hidden = part.dataset.forTask !== task;
  for (const choice of form.querySelectorAll(".choice[data-tasks]")) {
    const input = choice.querySelector("input");
    const speaks = !pair || choice.dataset.multilingual === "yes" || choice.dataset.pairs.split(" ").includes(pair);
    const denied = choice.dataset.denied.split(" ").includes(purpose);
    choice.hidden = !choice.dataset.tasks.split(" ").includes(task) || !speaks;
    input.disabled = choice.hidden || denied;
    const verdict = choice.querySelector(".verdict");
    verdict.textContent = (denied ? "Not permitted: " : "") + JSON.parse(choice.dataset.reasons)[purpose];
    verdict.classList.toggle("bad-text", denied);
    if (input.checked && input.disabled) form.querySelector('input[name="model"][value=""]').checked = true;
  }
}

function parameter(input) {
  const text = input.value.trim();
  if (input.dataset.kind === "switch") return input.checked || undefined;
  if (!text) return undefined;
  if (input.dataset.kind === "words") return text.split(",").map((word) => word.trim());
  if (input.dataset.kind === "integer" || input.dataset.kind === "number") return Number(text);
  return text;
}

function request() {
  const value = (name) => form.elements[name].value.trim();
  const job = { task: value("task"), purpose: value("purpose"), parameters: {} };
  for (const input of fieldsOf(job.task)?.querySelectorAll("[data-parameter]") ?? []) {
    const said = parameter(input);
    if (said !== undefined) job.parameters[input.dataset.parameter] = said;
  }
  for (const name of ["model", "name", "language"]) if (value(name)) job[name] = value(name);
  if (form.elements.on_invalid.checked) job.on_invalid = "skip";
  const body = new FormData();
  body.append("job", JSON.stringify(job));
  for (const entry of chosen) body.append("files", entry.file, entry.name);
  const text = form.elements.text.value;
  if (text.trim()) body.append("files", new Blob([text]), form.dataset.pastedName);
  return body;
}

function show(problem) {
  refusal.replaceChildren(icon("alert"));
  const words = element("div");
  words.append(element("p", problem.refused ? `${documents(problem.refused)} refused; the reasons stand beside the files.` : problem.detail));
  const list = element("ul");
  const byFile = new Map();
  for (const fault of problem.errors || []) {
    const index = /^\/files\/(\d+)/.exec(fault.pointer);
    const entry = index && chosen[Number(index[1])];
    if (entry) byFile.set(entry, [...(byFile.get(entry) || []), afterName(fault.detail, entry.name)]);
    else if (fault.detail !== problem.detail) list.append(element("li", fault.detail));
  }
  for (const entry of chosen) mark(entry, byFile.get(entry) || []);
  if (list.children.length) words.append(list);
  if (problem.acceptable) {
    const others = element("button", `Go on with the other ${documents(problem.acceptable)}`, "secondary");
    others.type = "button";
    others.addEventListener("click", () => { form.elements.on_invalid.checked = true; form.requestSubmit(); });
    words.append(others);
  }
  refusal.append(words);
  refusal.hidden = false;
  refusal.scrollIntoView({ block: "nearest" });
}

function send() {
  const bar = document.getElementById("upload");
  const words = document.getElementById("uploading");
  const button = form.querySelector('button[type="submit"]');
  const call = new XMLHttpRequest(); // fetch cannot say how much was sent
  const done = (problem) => {
    button.disabled = false;
    bar.hidden = true;
    words.textContent = "";
    if (problem) show(problem);
  };
  refusal.hidden = true;
  button.disabled = true;
  bar.hidden = false;
  words.textContent = "Sending …";
  call.upload.onprogress = (event) => { if (event.lengthComputable) bar.value = (100 * event.loaded) / event.total; };
  call.upload.onload = () => { words.textContent = "Checking …"; bar.removeAttribute("value"); };
  call.onerror = () => done({ detail: "The server does not answer. Nothing was lost: try again." });
  call.onload = () => {
    let answer = {};
    try { answer = JSON.parse(call.responseText); } catch { /* a proxy's page, not the API's answer */ }
    if (call.status === 202) window.location.assign(answer.links.page);
    else done(answer.detail ? answer : { detail: `The server answered ${call.status}.` });
  };
  call.open("POST", "/api/v1/jobs");
  call.setRequestHeader("Idempotency-Key", key);
  call.send(request());
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const most = Number(form.dataset.maxUploadBytes);
  if (chosen.reduce((sum, entry) => sum + entry.file.size, 0) > most) show({ detail: `An upload has at most ${size(most)}; send it as several jobs.` });
  else if (chosen.length || form.elements.text.value.trim()) send();
  else show({ detail: "Choose at least one file, or paste a text." });
});
form.addEventListener("change", (event) => {
  if (event.target === picker || event.target === folder) {
    for (const file of event.target.files) add(file, file.webkitRelativePath || file.name);
    event.target.value = "";
  }
  count();
  fitChoices();
});
form.addEventListener("keydown", (event) => { if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit(); });
document.getElementById("clear").addEventListener("click", () => { chosen.length = 0; rows.replaceChildren(); count(); picker.focus(); });
const drop = document.getElementById("drop");
for (const name of ["dragenter", "dragover"]) drop.addEventListener(name, (event) => { event.preventDefault(); drop.classList.add("over"); });
for (const name of ["dragleave", "drop"]) drop.addEventListener(name, () => drop.classList.remove("over"));
drop.addEventListener("drop", (event) => { event.preventDefault(); dropped(event); });

// A page that comes back by Back is as it was left: while it was sending.
window.addEventListener("pageshow", (event) => {
  if (!event.persisted) return;
  form.querySelector('button[type="submit"]').disabled = false;
  document.getElementById("upload").hidden = true;
  document.getElementById("uploading").textContent = "";
  count();
});

picker.classList.add("unseen");
folder.hidden = false;
folder.classList.add("unseen");
document.getElementById("folder-choice").hidden = false;
document.getElementById("drop-hint").hidden = false;
fitChoices();
count();
