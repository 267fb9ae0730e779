// Ctrl+K. Places and this page's actions are filtered here; customers and tickets are asked of the server.

const dialog = document.getElementById("palette");
const input = document.getElementById("palette-input");
const list = document.getElementById("palette-list");
const PAUSE = 150; // milliseconds of quiet before the server is asked
let waiting = 0;

const fold = (text) => text.normalize("NFKC").toLowerCase().replace(/[ぁ-ゖ]/g, (c) => String.fromCharCode(c.charCodeAt(0) + 0x60));

function options() {
  return [...list.querySelectorAll("[role=option]")].filter((option) => !option.hidden);
}

function choose(option) {
  for (const other of list.querySelectorAll("[aria-selected=true]")) other.setAttribute("aria-selected", "false");
  if (option) {
    option.setAttribute("aria-selected", "true");
    option.scrollIntoView({ block: "nearest" });
    input.setAttribute("aria-activedescendant", option.id);
  } else {
    input.removeAttribute("aria-activedescendant");
  }
}

function narrow() {
  const wanted = fold(input.value.trim());
  for (const option of list.querySelectorAll("[data-static]")) option.hidden = !fold(option.textContent).includes(wanted);
  for (const group of list.querySelectorAll("[role=group]")) group.hidden = group.id !== "palette-found" && !group.querySelector("[role=option]:not([hidden])");
  choose(options()[0]);
}

// What this page offers: its buttons, the entries of its menus, and anything with data-palette="Label".
// Not what a table or list repeats row by row: there the row is opened first.
const OFFERED = "main :is(.button, .menu-list a, .menu-list button), .pane-customer .button, [data-palette]";
const REPEATED = "table, .rows, .timeline, .filters, .toolbar, dialog, .pager";

function label(element) {
  if (element.dataset.palette) return element.dataset.palette;
  const copy = element.cloneNode(true);
  for (const kbd of copy.querySelectorAll("kbd")) kbd.remove();
  return (element.getAttribute("aria-label") ?? copy.textContent).replace(/\s+/g, " ").trim();
}

function offered() {
  const found = new Map();
  for (const element of document.querySelectorAll(OFFERED)) {
    if (element.matches("summary, :disabled")) continue;
    if (element.dataset.palette === undefined && element.closest(REPEATED)) continue;
    const text = label(element);
    if (text && !found.has(text)) found.set(text, element);
  }
  return found;
}

function gather() {
  const group = document.getElementById("palette-actions");
  for (const old of group.querySelectorAll("[role=option]")) old.remove();
  let index = 0;
  for (const [text, element] of offered()) {
    const option = document.createElement("a");
    option.href = "#";
    option.id = `palette-action-${index++}`;
    option.tabIndex = -1;
    option.dataset.static = "";
    option.setAttribute("role", "option");
    option.setAttribute("aria-selected", "false");
    option.append(element.querySelector("svg.icon")?.cloneNode(true) ?? "", text);
    option.addEventListener("click", (event) => {
      event.preventDefault();
      dialog.close();
      element.matches("input, textarea, select") ? element.focus() : element.click();
    });
    group.append(option);
  }
}

function open() {
  gather();
  input.value = "";
  document.getElementById("palette-found").replaceChildren();
  narrow();
  if (!dialog.open) dialog.showModal();
  input.focus();
}

function move(step) {
  const all = options();
  const here = all.findIndex((option) => option.getAttribute("aria-selected") === "true");
  choose(all[(here + step + all.length) % all.length]);
}

if (dialog) {
  document.addEventListener("keydown", (event) => {
    if (event.isComposing || event.keyCode === 229) return;
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
      event.preventDefault();
      open();
    }
  });
  input.addEventListener("keydown", (event) => {
    if (event.isComposing || event.keyCode === 229) return;
    const moves = { ArrowDown: 1, ArrowUp: -1 };
    if (moves[event.key]) {
      event.preventDefault();
      move(moves[event.key]);
    } else if (event.key === "Enter" && !event.ctrlKey) {
      event.preventDefault();
      list.querySelector("[aria-selected=true]")?.click();
    }
  });
  input.addEventListener("input", (event) => {
    narrow();
    clearTimeout(waiting);
    // Half-composed kana would find the wrong people; ask when the composition is done.
    if (!event.isComposing) waiting = setTimeout(() => input.dispatchEvent(new CustomEvent("find")), PAUSE);
  });
  input.addEventListener("compositionend", () => input.dispatchEvent(new CustomEvent("find")));
  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.target.id === "palette-found") choose(options()[0]);
  });
}
