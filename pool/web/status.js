// Keeps the page up to date: the status every two seconds, the countdown ten times a second. Whatever came
// over the network becomes text, never markup.
"use strict";

const ROOT_SHOWN = 12;
const PREFIXES = ["", "k", "M", "G", "T", "P", "E"];
const clock = { ahead: 0 };  // the pool's, in ms: its time minus this machine's
let open = [];
let awaited = "";  // what is counted down to
let timer = 0;     // of the next poll

const at = (id) => document.getElementById(id);
const now = () => Date.now() + clock.ahead;

function withPrefix(value, unit) {
  let step = 0;
  while (step + 1 < PREFIXES.length && value >= 999.5) {
    value /= 1000;
    ++step;
  }
  const digits = value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2;
  const shown = step === 0 && Number.isInteger(value) ? String(value) : value.toFixed(digits);
  return `${shown} ${PREFIXES[step]}${unit}`;
}

function utc(micros) {
  return new Date(micros / 1000).toISOString().slice(0, 19).replace("T", " ") + " UTC";
}

function cell(content, name) {
  const made = document.createElement("td");
  if (name) made.className = name;
  made.append(content);
  return made;
}

function row(...cells) {
  const made = document.createElement("tr");
  made.append(...cells);
  return made;
}

function rootOf(sprint) {
  const shown = document.createElement("code");
  if (sprint.root && sprint.verified > 0) {
    shown.textContent = sprint.root.slice(0, ROOT_SHOWN);
    shown.title = sprint.root;
  }
  return shown;
}

function auditOf(sprint) {
  if (!sprint.audit) return "";
  const link = document.createElement("a");
  link.href = "audits/" + encodeURIComponent(sprint.sprint);
  link.textContent = "audit";
  return link;
}

const openRow = (s) =>
  row(cell(s.sprint), cell(s.state), cell(utc(s.t0)), cell(utc(s.t_end)), cell(s.ready, "n"), cell(s.shares, "n"));

const endedRow = (s) =>
  row(cell(s.sprint), cell(s.state), cell(utc(s.t_end)), cell(s.shares, "n"), cell(s.verified, "n"),
    cell(s.wrong + s.withdrawn, "n"), cell(s.credit ?? 0, "n"), cell(rootOf(s)), cell(auditOf(s)));

function fill(id, rows, columns, otherwise) {
  if (rows.length === 0) {
    const none = cell(otherwise);
    none.colSpan = columns;
    rows = [row(none)];
  }
  at(id).replaceChildren(...rows);
}

function show(status) {
  clock.ahead = status.now / 1000 - Date.now();
  open = status.open;
  for (const id of ["accounts", "sessions", "devices"]) at(id).textContent = status.miners[id];
  const known = status.rate.sprints > 0;
  at("nonces").textContent = known ? withPrefix(status.rate.nonces_per_1000s / 1000, "nonces/s") : "not known yet";
  at("macs").textContent = known ? withPrefix(status.rate.macs_per_second, "MAC/s") : "not known yet";
  fill("open", status.open.map(openRow), 6, "none");
  fill("ended", status.ended.map(endedRow), 9, "none yet");
  at("shown").textContent = utc(status.now);
  at("trouble").textContent = "";
  countDown();
}

/// What is waited for: the end of what runs, or the start of what is announced.
function countDown() {
  const waits = (s) => s.state === "announced" && s.beacon !== "none" && now() >= s.t0 / 1000;
  const running = open.find((s) => now() >= s.t0 / 1000 && now() < s.t_end / 1000 && s.state !== "verifying" && !waits(s));
  const next = open.find((s) => now() < s.t0 / 1000);
  const what = running ?? next;
  const waiting = running ? undefined : open.find(waits);
  if (waiting) {
    at("headline").textContent = `Sprint ${waiting.sprint} waits for its beacon, ${waiting.beacon}`;
    at("countdown").textContent = "";
    return;
  }
  if (!what) {
    at("headline").textContent = open.length > 0 ? "Shares are verified" : "No sprint is announced";
    at("countdown").textContent = "";
    return;
  }
  const left = Math.max((what === running ? what.t_end : what.t0) / 1000 - now(), 0) / 1000;
  at("headline").textContent = what === running ? `Sprint ${what.sprint} is running, time left` : `Sprint ${what.sprint} starts in`;
  if (awaited !== (awaited = at("headline").textContent)) pollIn(500);  // something began or ended just now
  const minutes = Math.floor(left / 60);
  at("countdown").textContent = `${minutes}:${(left - 60 * minutes).toFixed(1).padStart(4, "0")}`;
}

async function poll() {
  try {
    const answer = await fetch("status.json", { cache: "no-cache" });
    if (!answer.ok) throw new Error(answer.status);
    show(await answer.json());
  } catch {
    at("trouble").textContent = ", and the pool does not answer";
  }
  pollIn(document.hidden ? 15000 : 2000);
}

function pollIn(milliseconds) {
  clearTimeout(timer);
  timer = setTimeout(poll, milliseconds);
}

setInterval(countDown, 100);
poll();
