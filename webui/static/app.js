"use strict";
// What pages gain by a script: live updates, local times, filters that submit themselves.

const LIVE_KEY = "corpusmill-live";
let nextPoll = 0;

function liveIsOn() {
  return localStorage.getItem(LIVE_KEY) !== "off";
}

function poll() {
  const live = document.querySelector("#live[data-live]");
  if (!live || !liveIsOn() || document.hidden || Date.now() < nextPoll) return;
  nextPoll = Date.now() + Number(live.dataset.live) * 1000;
  live.dispatchEvent(new CustomEvent("poll"));
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
});
document.addEventListener("visibilitychange", poll);
document.addEventListener("htmx:afterSwap", () => { showTimes(); showLiveToggle(); connection(""); });
document.addEventListener("htmx:sendError", () => connection("The server does not answer. This page shows what was known before."));
document.addEventListener("htmx:responseError", () => connection("The server could not answer. This page shows what was known before."));
for (const form of document.querySelectorAll("form[data-submits-itself]")) {
  form.addEventListener("change", () => form.requestSubmit());
}

showTimes();
showLiveToggle();
nextPoll = Date.now() + 1000;
setInterval(poll, 250);
setInterval(showTimes, 15000);
