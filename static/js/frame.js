// The frame of every page: menus, dialogs, toasts, and what happens when a request fails.
// Everything listens on the document, so that markup swapped in later works without being told.

const texts = document.getElementById("desk-texts")?.dataset ?? {};

/** Show a sentence as a toast; tone is success, info, warning or danger. */
function say(text, tone = "info") {
  const toast = document.createElement("div");
  toast.className = `toast tone-${tone}`;
  toast.dataset.toast = "";
  toast.textContent = text;
  document.getElementById("toasts")?.append(toast);
  retire(toast);
}

// A toast leaves after its seconds, but waits while the pointer or the focus is on it; errors stay.
function retire(toast) {
  if (toast.dataset.retiring) return;
  toast.dataset.retiring = "yes";
  if (toast.classList.contains("tone-danger")) return;
  let left = Number(toast.dataset.seconds || 10);
  const tick = setInterval(() => {
    if (!toast.isConnected) return clearInterval(tick);
    if (toast.matches(":hover, :focus-within")) return;
    left -= 1;
    if (left <= 0) {
      clearInterval(tick);
      toast.remove();
    }
  }, 1000);
}

function opener(event) {
  const source = event.target.closest("[data-opens]");
  const dialog = source && document.getElementById(source.dataset.opens);
  if (!(dialog instanceof HTMLDialogElement)) return;
  event.preventDefault();
  source.closest("details[open].menu")?.removeAttribute("open");
  dialog.dispatchEvent(new CustomEvent("desk:opening", { bubbles: true }));
  if (!dialog.open) dialog.showModal();
}

document.addEventListener("click", (event) => {
  if (!(event.target instanceof Element)) return;
  opener(event);
  event.target.closest("[data-dismiss]")?.closest("[data-toast]")?.remove();
  if (event.target.closest("[data-print]")) window.print();
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(event.target)) menu.removeAttribute("open");
  }
  // A click on the backdrop closes; a dialog with a form that was touched stays.
  if (event.target instanceof HTMLDialogElement && event.target.open && !event.target.dataset.touched) {
    const box = event.target.getBoundingClientRect();
    const outside = event.clientX < box.left || event.clientX > box.right || event.clientY < box.top || event.clientY > box.bottom;
    if (outside) event.target.close();
  }
});

document.addEventListener("input", (event) => {
  const dialog = event.target.closest?.("dialog");
  if (dialog && dialog.id !== "palette") dialog.dataset.touched = "yes";
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || event.isComposing) return;
  const menu = document.querySelector("details.menu[open]");
  if (menu) {
    menu.removeAttribute("open");
    menu.querySelector("summary").focus();
  }
});

// A button pressed twice does its work once.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method === "dialog" || form.method === "get") return;
  if (form.dataset.sent) return event.preventDefault();
  form.dataset.sent = "yes";
  setTimeout(() => delete form.dataset.sent, 5000);
});
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
});

// What refreshes by itself fails silently; live.js says when the connection is gone.
const quiet = (event) => event.detail.elt?.dataset?.live !== undefined;
document.addEventListener("htmx:responseError", (event) => quiet(event) || say(texts.requestFailed, "danger"));
document.addEventListener("htmx:sendError", (event) => quiet(event) || say(texts.requestOffline, "danger"));
document.addEventListener("htmx:afterSwap", () => {
  document.querySelectorAll("[data-toast]").forEach(retire);
  document.querySelector("#form-errors:not(.gallery-item *)")?.focus();
});
// Signed out meanwhile: the answer to a fragment is the sign-in page; show it whole instead.
document.addEventListener("htmx:beforeSwap", (event) => {
  const url = event.detail.xhr?.responseURL ?? "";
  if (url && new URL(url).pathname.startsWith("/accounts/login")) {
    event.detail.shouldSwap = false;
    if (!quiet(event)) location.reload();
  }
});

document.querySelectorAll("[data-toast]").forEach(retire);
document.querySelector("#form-errors:not(.gallery-item *)")?.focus();
// A button that only scripts can serve is not there without them.
for (const button of document.querySelectorAll("[data-print]")) button.hidden = false;
