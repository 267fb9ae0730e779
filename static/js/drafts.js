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

const flying = new WeakMap(); // the save that is on its way

// Whose words they are: machines are shared between shifts.
const address = (form) => `draft/${document.body.dataset.staff}/${form.dataset.draft}/${form.dataset.draftSubject}`;
// The cookie is right also after signing in again in another tab; the page's own token is not.
const cookie = () => document.cookie.match(/(?:^|; )csrftoken=([^;]+)/)?.[1];
const csrf = () => cookie() ?? JSON.parse(document.body.getAttribute("hx-headers") ?? "{}")["X-CSRFToken"] ?? "";

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

// True when the server has it; false when it may be had later; null when only signing in helps.
async function send(form, kept) {
  const body = new URLSearchParams({
    form: form.dataset.draft,
    subject: form.dataset.draftSubject ?? "",
    version: form.dataset.draftVersion ?? "",
    fields: JSON.stringify(kept),
  });
  flying.get(form)?.abort();
  const flight = new AbortController();
  flying.set(form, flight);
  let answer;
  try {
    answer = await fetch(url, { method: "POST", body, headers: { "X-CSRFToken": csrf() }, redirect: "manual", keepalive: true, signal: flight.signal });
  } catch {
    return flight.signal.aborted ? true : false;
  }
  if (answer.type === "opaqueredirect" || answer.status === 401 || answer.status === 403) return null;
  const told = await answer.json().catch(() => ({}));
  if (answer.status === 409) {
    tell(form, "conflict");
    form.dispatchEvent(new CustomEvent("desk:conflict", { bubbles: true, detail: told }));
  } else if (answer.ok) {
    tell(form, "saved", told.saved_at ?? "");
  } else {
    return false;
  }
  dirty.delete(form);
  localStorage.removeItem(address(form));
  return true;
}

async function save(form) {
  clearTimeout(timers.get(form));
  const kept = fields(form);
  localStorage.setItem(address(form), JSON.stringify({ fields: kept, at: Date.now() }));
  if (!url) return false;
  tell(form, "saving");
  const done = await send(form, kept);
  if (done) return true;
  tell(form, done === null ? "signedOut" : "failed");
  later(form, RETRY);
  return false;
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
// Sending for good. What the server does not have yet is saved first: without a connection or a session the form
// stays where it is, with its words, instead of leading to an error page. The server drops its draft itself.
document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (!form.matches?.("form[data-draft]")) return;
  const { submitter } = event;
  if (dirty.has(form) && url && !submitter?.matches("[data-discards]")) {
    event.preventDefault();
    delete form.dataset.sent; // frame.js takes a second sending for a second press
    if (await save(form)) {
      dirty.delete(form);
      form.requestSubmit(submitter);
    }
    return;
  }
  if (cookie() && form.elements.csrfmiddlewaretoken) form.elements.csrfmiddlewaretoken.value = cookie();
  clearTimeout(timers.get(form));
  flying.get(form)?.abort();
  localStorage.removeItem(address(form));
});
document.addEventListener("htmx:load", (event) => event.target.querySelectorAll?.("form[data-draft]").forEach(restore));
window.addEventListener("pagehide", () => {
  for (const form of dirty) localStorage.setItem(address(form), JSON.stringify({ fields: fields(form), at: Date.now() }));
});
document.querySelectorAll("form[data-draft]").forEach(restore);
