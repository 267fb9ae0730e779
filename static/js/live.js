// Live pages. An element with data-live="topic topic:ref" and hx-trigger="live" asks again for itself whenever the
// stream names one of its topics. The stream carries numbers and topics only; the view behind hx-get checks rights.
// When streams are blocked, everything live asks again every 15 seconds, and the bar says so.

const state = document.getElementById("live-state");
const POLL = 15_000;
const PATIENCE = 20_000; // without an open stream for this long, polling begins
const GATHER = 150; // several events at once become one question

let stream = null;
let asked = "";
let poll = 0;
let lost = 0;
let since = Date.now();
const pending = new Set();

const names = (element) => (element.dataset.live ?? "").split(/\s+/).filter(Boolean);
const elements = () => [...document.querySelectorAll("[data-live]")].filter((element) => names(element).length);

function topics() {
  return [...new Set(elements().flatMap(names))].sort().join(",");
}

// Somebody is writing in it: leave it alone and look again later.
function busy(element) {
  return element.contains(document.activeElement) && document.activeElement.matches("input:not([type=checkbox]), textarea, select");
}

function refresh(wanted) {
  for (const element of elements()) {
    const hit = !wanted || names(element).some((name) => wanted.has(name.split(":")[0]));
    if (!hit) continue;
    if (busy(element)) {
      element.addEventListener("focusout", () => element.dispatchEvent(new CustomEvent("live")), { once: true });
    } else {
      element.dispatchEvent(new CustomEvent("live"));
    }
  }
}

function note(topic) {
  if (!pending.size) {
    setTimeout(() => {
      const wanted = new Set(pending);
      pending.clear();
      refresh(wanted);
    }, GATHER);
  }
  pending.add(topic);
}

function show(kind) {
  if (!state) return;
  state.hidden = kind === "live";
  const text = state.querySelector("span");
  text.textContent = kind === "live" ? "" : text.dataset[kind === "lost" ? "textLost" : "textPolling"];
  state.classList.toggle("tone-danger", kind === "lost");
  state.classList.toggle("tone-warning", kind === "polling");
}

function startPolling() {
  if (poll) return;
  show(navigator.onLine ? "polling" : "lost");
  poll = setInterval(() => {
    if (document.visibilityState !== "visible") return;
    show(navigator.onLine ? "polling" : "lost");
    refresh(null);
  }, POLL);
}

function stopPolling() {
  clearInterval(poll);
  poll = 0;
  show("live");
}

function connect() {
  stream?.close();
  asked = topics();
  if (!state?.dataset.stream || !asked) return;
  const url = new URL(state.dataset.stream, location.href);
  url.searchParams.set("topics", asked);
  stream = new EventSource(url, { withCredentials: true });
  stream.addEventListener("open", () => {
    clearTimeout(lost);
    lost = 0;
    const gap = Date.now() - since > PATIENCE;
    if (poll || gap) refresh(null); // the browser's own replay covers short breaks, this the long ones
    if (poll) stopPolling();
  });
  stream.addEventListener("change", (event) => {
    since = Date.now();
    note(event.data.split(":")[0]);
  });
  stream.addEventListener("error", () => {
    since = Math.min(since, Date.now());
    lost ||= setTimeout(startPolling, stream.readyState === EventSource.CLOSED ? 1000 : PATIENCE);
    if (stream.readyState === EventSource.CLOSED) setTimeout(connect, POLL);
  });
}

if (state) {
  connect();
  document.addEventListener("htmx:afterSettle", () => {
    const now = topics().split(",");
    const before = new Set(asked.split(","));
    if (now.some((topic) => topic && !before.has(topic))) connect();
  });
  window.addEventListener("online", () => connect());
  window.addEventListener("offline", () => show("lost"));
  window.addEventListener("pagehide", () => stream?.close());
  window.addEventListener("pageshow", (event) => { if (event.persisted) connect(); });
}
