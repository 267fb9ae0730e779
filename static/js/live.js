// Live pages. An element with data-live="topic topic:ref" and hx-trigger="live" asks again for itself whenever the
// stream names one of its topics. The stream carries numbers and topics only; the view behind hx-get checks rights.
// One element may renew several places: hx-select-oob="#banners,#case" names them.
// When streams are blocked, everything live asks again every 15 seconds, and the bar says so.
// data-live-every="15": what no event tells of (the lists of the jobs) asks again every so many seconds.
// data-live-at-once: not gathered with what comes in the next moments (a ringing telephone).

const state = document.getElementById("live-state");
const POLL = 15_000;
const PATIENCE = 20_000; // without an open stream for this long, polling begins
const GATHER = 150; // several events at once become one question

const PAUSE = 1500; // a page with much going on asks at most this often

let stream = null;
let last = ""; // the newest event heard, for a stream that must be opened anew
let asked = "";
let poll = 0;
let lost = 0;
let since = Date.now();
const pending = new Set();

const names = (element) => (element.dataset.live ?? "").split(/\s+/).filter(Boolean);
const elements = () => [...document.body.querySelectorAll("[data-live]")].filter((element) => names(element).length);

function topics() {
  return [...new Set(elements().flatMap(names))].sort().join(",");
}

// What an element renews: itself and the places it names.
function places(element) {
  const named = (element.getAttribute("hx-select-oob") ?? "").split(",").map((name) => name.split(":")[0].trim()).filter(Boolean);
  return [element, ...named.map((name) => document.querySelector(name)).filter(Boolean)];
}

// Somebody is writing in it, has ticked rows, or has a menu open: leave it alone and look again a little later.
function busy(element) {
  const active = document.activeElement;
  return places(element).some((place) =>
    (place.contains(active) && active.matches("input:not([type=checkbox]), textarea, select")) ||
    place.querySelector("details.menu[open], input[type=checkbox][name=ticket]:checked"));
}

const asking = new WeakMap(); // element → when it asked last, and the question that waits

function ask(element) {
  const state = asking.get(element) ?? { at: 0, waiting: 0 };
  asking.set(element, state);
  if (state.waiting) return;
  const wait = busy(element) ? PAUSE : element.dataset.liveAtOnce !== undefined ? 0 : Math.max(0, state.at + PAUSE - Date.now());
  const go = () => {
    state.waiting = 0;
    if (!element.isConnected) return;
    if (busy(element)) return ask(element);
    state.at = Date.now();
    element.dispatchEvent(new CustomEvent("live"));
  };
  if (wait) state.waiting = setTimeout(go, wait);
  else go();
}

// `wanted`: names such as "ticket" and "ticket:12"; null for everything.
function refresh(wanted) {
  for (const element of elements()) {
    if (!wanted || names(element).some((name) => wanted.has(name))) ask(element);
  }
}

function hear(told) {
  const heard = [told, told.split(":")[0]];
  for (const element of elements()) {
    if (element.dataset.liveAtOnce !== undefined && names(element).some((name) => heard.includes(name))) ask(element);
  }
  if (!pending.size) {
    setTimeout(() => {
      const wanted = new Set(pending);
      pending.clear();
      for (const element of elements()) {
        if (element.dataset.liveAtOnce === undefined && names(element).some((name) => wanted.has(name))) ask(element);
      }
    }, GATHER);
  }
  for (const name of heard) pending.add(name);
}

// A question that did not get through is asked again.
document.addEventListener("htmx:sendError", (event) => {
  const element = event.detail.elt;
  if (element?.dataset?.live !== undefined && navigator.onLine) setTimeout(() => element.isConnected && ask(element), 2 * PAUSE);
});

// A swap must not take the keyboard away: the control that had the focus gets it back, or the one that now stands in its
// place. At once, in the same breath as the swap: who leaves a control meanwhile is not called back, and no key is lost.
let place = "";
document.addEventListener("htmx:beforeSwap", () => {
  const control = document.activeElement;
  const found = ["data-key", "href", "id"].find((name) => control !== document.body && control?.getAttribute(name));
  place = found ? `[${found}="${CSS.escape(control.getAttribute(found))}"]` : "";
});
document.addEventListener("htmx:afterSwap", () => {
  if (place && document.activeElement === document.body) document.querySelector(place)?.focus({ preventScroll: true });
  place = "";
});

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
  if (last) url.searchParams.set("after", last);
  else url.searchParams.set("since", document.documentElement.dataset.now ?? "");
  stream = new EventSource(url, { withCredentials: true });
  stream.addEventListener("open", () => {
    document.documentElement.dataset.live = "open";
    clearTimeout(lost);
    lost = 0;
    const gap = Date.now() - since > PATIENCE;
    if (poll || gap) refresh(null); // the browser's own replay covers short breaks, this the long ones
    if (poll) stopPolling();
  });
  stream.addEventListener("change", (event) => {
    since = Date.now();
    last = event.lastEventId;
    hear(event.data);
  });
  stream.addEventListener("error", () => {
    document.documentElement.dataset.live = "lost";
    since = Math.min(since, Date.now());
    lost ||= setTimeout(startPolling, stream.readyState === EventSource.CLOSED ? 1000 : PATIENCE);
    if (stream.readyState === EventSource.CLOSED) setTimeout(connect, POLL);
  });
}

for (const element of document.querySelectorAll("[data-live-every]")) {
  setInterval(() => document.visibilityState === "visible" && ask(element), element.dataset.liveEvery * 1000);
}

if (state) {
  connect();
  document.addEventListener("htmx:afterSettle", () => {
    const now = topics().split(",");
    const before = new Set(asked.split(","));
    if (now.some((topic) => topic && !before.has(topic))) connect();
  });
  // What was heard while the page could not ask is asked now: the stream will not say it twice.
  window.addEventListener("online", () => {
    connect();
    refresh(null);
  });
  window.addEventListener("offline", () => show("lost"));
  window.addEventListener("pagehide", () => stream?.close());
  window.addEventListener("pageshow", (event) => { if (event.persisted) connect(); });
}
