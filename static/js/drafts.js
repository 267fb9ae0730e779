// Never lose a word. A form with data-draft="reply" data-draft-subject="ticket:12" [data-draft-version="3"] is saved
// as a draft half a second after the last keystroke: first in this browser, then on the server.
//   POST <draft url>: form, subject, version, fields (JSON)  → 200 {"saved_at": "10:40"} | 409 {…} a colleague was first
// The server's copy is what survives a killed browser; this browser's copy is what survives a lost connection or a
// signed-out session, and goes to the server as soon as that is possible again.

const url = document.body.dataset.draftUrl;
const texts = document.getElementById("desk-texts")?.dataset ?? {};
const PAUSE = 500;
const RETRY = 5000;
const timers = new WeakMap();
const dirty = new Set(); // forms with words that the server does not have yet

const address = (form) => `draft/${form.dataset.draft}/${form.dataset.draftSubject}`;
const csrf = () => JSON.parse(document.body.getAttribute("hx-headers") ?? "{}")["X-CSRFToken"] ?? "";

function fields(form) {
  const kept = {};
  for (const element of form.elements) {
    if (!element.name || element.name === "csrfmiddlewaretoken" || ["password", "file", "hidden", "submit", "button"].includes(element.type)) continue;
    if (element.type === "checkbox" || element.type === "radio") {
      if (element.checked) kept[element.name] = element.value;
    } else {
      kept[element.name] = element.value;
    }
  }
  return kept;
}

function tell(form, state, time = "") {
  const place = form.querySelector("[data-draft-state]");
  if (!place) return;
  place.dataset.state = state;
  const sentence = { saving: texts.draftSaving, saved: texts.draftSaved, failed: texts.draftFailed, signedOut: texts.draftSignedOut, conflict: texts.draftConflict }[state] ?? "";
  place.textContent = sentence.replace("{time}", time);
}

function later(form, wait) {
  clearTimeout(timers.get(form));
  timers.set(form, setTimeout(() => save(form), wait));
}

async function save(form) {
  const kept = fields(form);
  localStorage.setItem(address(form), JSON.stringify({ fields: kept, at: Date.now() }));
  if (!url) return;
  tell(form, "saving");
  const body = new URLSearchParams({
    form: form.dataset.draft,
    subject: form.dataset.draftSubject ?? "",
    version: form.dataset.draftVersion ?? "",
    fields: JSON.stringify(kept),
  });
  let answer;
  try {
    answer = await fetch(url, { method: "POST", body, headers: { "X-CSRFToken": csrf() }, redirect: "manual", keepalive: true });
  } catch {
    tell(form, "failed");
    return later(form, RETRY);
  }
  if (answer.type === "opaqueredirect" || answer.status === 401 || answer.status === 403) {
    tell(form, "signedOut");
    return later(form, RETRY);
  }
  if (answer.status === 409) {
    tell(form, "conflict");
    form.dispatchEvent(new CustomEvent("desk:conflict", { bubbles: true, detail: await answer.json().catch(() => ({})) }));
  } else if (answer.ok) {
    const told = await answer.json().catch(() => ({}));
    dirty.delete(form);
    localStorage.removeItem(address(form));
    tell(form, "saved", told.saved_at ?? "");
  } else {
    tell(form, "failed");
    later(form, RETRY);
  }
}

// What this browser kept and the server never got: put it back where the field is still as the server sent it.
function restore(form) {
  const found = localStorage.getItem(address(form));
  if (!found) return;
  const kept = JSON.parse(found).fields ?? {};
  for (const [name, value] of Object.entries(kept)) {
    const element = form.elements[name];
    if (element && "value" in element && element.type !== "radio" && element.type !== "checkbox") element.value = value;
    else if (element?.type === "checkbox") element.checked = true;
  }
  later(form, 0);
}

function touched(event) {
  const form = event.target.closest?.("form[data-draft]");
  if (!form) return;
  dirty.add(form);
  later(form, PAUSE);
}

document.addEventListener("input", touched);
document.addEventListener("compositionend", touched);
// Sent for good: the server has it, and drops its draft itself.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches?.("form[data-draft]")) return;
  clearTimeout(timers.get(form));
  dirty.delete(form);
  localStorage.removeItem(address(form));
});
document.addEventListener("htmx:load", (event) => event.target.querySelectorAll?.("form[data-draft]").forEach(restore));
window.addEventListener("pagehide", () => {
  for (const form of dirty) localStorage.setItem(address(form), JSON.stringify({ fields: fields(form), at: Date.now() }));
});
document.querySelectorAll("form[data-draft]").forEach(restore);
