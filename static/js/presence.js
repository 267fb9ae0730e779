// Two people on one case see each other. A page with data-presence="<case>" says every 15 seconds that it is there and
// whether its person writes; the answer is who else is. The stream brings what changes in between.
//   POST <presence url>: subject, editing (0|1) → the element anew; leaving=1 → 204

const url = document.body.dataset.presenceUrl;
const BEAT = 15_000;
const STILL_WRITING = 60_000; // a pause for thought is no end of writing
let wrote = 0;
let said = "";

const place = () => document.querySelector("[data-presence]");
const csrf = () => document.cookie.match(/(?:^|; )csrftoken=([^;]+)/)?.[1] ?? JSON.parse(document.body.getAttribute("hx-headers") ?? "{}")["X-CSRFToken"] ?? "";

// A form has the focus as soon as it is opened; who has written nothing yet only looks.
function editing() {
  return Date.now() - wrote < STILL_WRITING ? "1" : "0";
}

async function beat() {
  const element = place();
  if (!element || !url) return;
  said = editing();
  const body = new URLSearchParams({ subject: element.dataset.presence, editing: said });
  const answer = await fetch(url, { method: "POST", body, headers: { "X-CSRFToken": csrf() }, redirect: "manual" }).catch(() => null);
  if (!answer?.ok) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("[data-presence]");
  const now = place();
  if (fresh && now && fresh.textContent !== now.textContent) {
    now.replaceWith(document.importNode(fresh, true));
    window.htmx?.process(place());
  }
}

function changed() {
  if (place() && editing() !== said) beat();
}

if (url && place()) {
  beat();
  setInterval(() => document.visibilityState === "visible" && beat(), BEAT);
  document.addEventListener("input", (event) => {
    if (event.target.closest?.("form[data-draft]")) wrote = Date.now();
    changed();
  });
  document.addEventListener("focusin", changed);
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && beat());
  window.addEventListener("pagehide", () => {
    const body = new URLSearchParams({ subject: place()?.dataset.presence ?? "", leaving: "1" });
    fetch(url, { method: "POST", body, headers: { "X-CSRFToken": csrf() }, keepalive: true }).catch(() => {});
  });
}
