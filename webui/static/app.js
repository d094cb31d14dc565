"use strict";
// What pages gain by a script: live updates, local times, filters that submit themselves.

const LIVE_KEY = "corpusmill-live";
const LONGEST_GAP_SECONDS = 15;
const opened = performance.now();  // the other clock may be set
let nextPoll = 0;
let lastPage = "";
let timesUnchanged = 0;

function liveIsOn() {
  return localStorage.getItem(LIVE_KEY) !== "off";
}

function poll() {
  const live = document.querySelector("#live[data-live]");
  if (!live || !liveIsOn() || document.hidden || performance.now() < nextPoll) return;
  nextPoll = performance.now() + gapSeconds(Number(live.dataset.live)) * 1000;
  live.dispatchEvent(new CustomEvent("poll"));
}

// A tenth of how long somebody has watched, at most 5 s, as `submit --wait` has it; twice as long each time nothing changed.
function gapSeconds(shortest) {
  const watched = Math.min(Math.max(shortest, (performance.now() - opened) / 10000), Math.max(shortest, 5));
  return Math.min(watched * 2 ** timesUnchanged, LONGEST_GAP_SECONDS);
}

function noticeChange(event) {  // a browser answers a 304 out of its own store, so that only the text tells
  const page = event.detail.xhr.responseText;
  timesUnchanged = page === lastPage ? Math.min(timesUnchanged + 1, 4) : 0;
  if (!timesUnchanged) return;
  event.detail.shouldSwap = false;
  showTimes();
}

function pollAtOnce() {
  timesUnchanged = nextPoll = 0;
  poll();
}

function showLiveToggle() {
  const toggle = document.getElementById("live-toggle");
  toggle.hidden = !document.querySelector("#live[data-live]");
  toggle.setAttribute("aria-pressed", String(liveIsOn()));
}

function connection(message) {
  const notice = document.getElementById("connection");
  if (notice.textContent !== message) notice.textContent = message;
  notice.hidden = !message;
}

const UNITS = [["day", 86400], ["hour", 3600], ["minute", 60], ["second", 1]];
const relative = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
const full = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "medium" });
const short = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "short" });

function timeWords(moment) {
  const seconds = (moment - Date.now()) / 1000;
  if (Math.abs(seconds) > 86400) return short.format(moment);
  if (Math.abs(seconds) < 5) return "just now";
  const [unit, length] = UNITS.find(([, size]) => Math.abs(seconds) >= size);
  return relative.format(Math.round(seconds / length), unit);
}

function showTimes() {
  for (const element of document.querySelectorAll("time[datetime]")) {
    const moment = new Date(element.dateTime);
    const words = timeWords(moment);
    if (element.dataset.zone) {  // the clock of a schedule's zone stays; how far it is stands beside it
      element.title = `${words}; here ${full.format(moment)}`;
      continue;
    }
    if (element.textContent !== words) element.textContent = words;
    element.title = full.format(moment);
  }
}

// A morph must not close what a person has opened.
Idiomorph.defaults.callbacks.beforeAttributeUpdated = (name, node) => !(name === "open" && node.tagName === "DETAILS");

document.getElementById("zone").textContent =
  "Times are local: " + Intl.DateTimeFormat().resolvedOptions().timeZone.replaceAll("_", " ");
document.getElementById("live-toggle").addEventListener("click", () => {
  localStorage.setItem(LIVE_KEY, liveIsOn() ? "off" : "on");
  showLiveToggle();
  pollAtOnce();
});
document.addEventListener("visibilitychange", pollAtOnce);
document.addEventListener("htmx:beforeSwap", noticeChange);
document.addEventListener("htmx:afterSwap", (event) => { lastPage = event.detail.xhr.responseText; showTimes(); showLiveToggle(); });
document.addEventListener("htmx:afterRequest", (event) => { if (event.detail.successful) connection(""); });
document.addEventListener("htmx:sendError", () => connection("The server does not answer. This page shows what was known before."));
document.addEventListener("htmx:responseError", () => connection("The server could not answer. This page shows what was known before."));
for (const form of document.querySelectorAll("form[data-submits-itself]")) {
  form.addEventListener("change", () => form.requestSubmit());
}

showTimes();
showLiveToggle();
nextPoll = performance.now() + 1000;
setInterval(poll, 250);
setInterval(showTimes, 15000);
