// Keyboard. A key does what the element with data-key says: a link or button is pressed, a field is focused.
// Single keys are silent while somebody writes, while an input method composes, and beside Ctrl, Alt or Meta.

const WAIT = 1200; // milliseconds between the keys of a sequence such as "g q"
let begun = "";
let forget = 0;

function writing(target) {
  return target instanceof Element && target.closest("input:not([type=checkbox], [type=radio], [type=button]), textarea, select, [contenteditable='true']");
}

function composing(event) {
  return event.isComposing || event.keyCode === 229; // 229: Safari's key that ends a composition
}

function shown(element) {
  return element.checkVisibility ? element.checkVisibility() : element.offsetParent !== null;
}

function scope() {
  return document.querySelector("dialog[open]") ?? document;
}

function keyed() {
  return [...scope().querySelectorAll("[data-key]")].filter((element) => shown(element) && !element.disabled);
}

function act(element) {
  if (element.matches("input, textarea, select")) {
    element.focus();
    element.select?.();
  } else {
    element.click();
  }
}

function press(key) {
  const wanted = begun ? `${begun} ${key}` : key;
  clearTimeout(forget);
  begun = "";
  const all = keyed();
  // In a list k goes back up, whatever else it means on this page.
  if (!begun && wanted === "k" && document.activeElement?.closest("[data-list]")) return walk(-1);
  const hit = all.find((element) => element.dataset.key === wanted);
  if (hit) {
    act(hit);
    return true;
  }
  if (all.some((element) => element.dataset.key.startsWith(`${wanted} `))) {
    begun = wanted;
    forget = setTimeout(() => { begun = ""; }, WAIT);
    return true;
  }
  return false;
}

// j and k walk a list; Enter opens what is focused because it is a link.
function walk(step) {
  const list = document.activeElement?.closest("[data-list]") ?? scope().querySelector("[data-list]");
  if (!list) return false;
  const links = [...list.querySelectorAll("a.row-link, li > a")].filter(shown);
  const here = links.findIndex((link) => link === document.activeElement || link.closest("tr, li").contains(document.activeElement));
  const next = links[here < 0 ? 0 : Math.min(links.length - 1, Math.max(0, here + step))];
  next?.focus();
  next?.closest("tr, li").scrollIntoView({ block: "nearest" });
  return Boolean(next);
}

function list() {
  const place = document.getElementById("keys-here");
  if (!place) return;
  place.replaceChildren(...[...document.querySelectorAll("[data-key]")].filter(shown).map((element) => {
    const row = document.createElement("div");
    const name = document.createElement("span");
    const label = element.labels?.[0]?.textContent;
    name.textContent = (element.getAttribute("aria-label") ?? label ?? element.cloneNode(true).textContent).replace(/\s+/g, " ").trim();
    for (const kbd of element.querySelectorAll?.("kbd") ?? []) name.textContent = name.textContent.replace(kbd.textContent, "").trim();
    const keys = document.createElement("span");
    for (const key of element.dataset.key.split(" ")) {
      const kbd = document.createElement("kbd");
      kbd.textContent = key;
      keys.append(kbd, " ");
    }
    row.append(name, keys);
    return row;
  }));
}

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || composing(event)) return;
  if ((event.ctrlKey || event.metaKey) && event.key === "Enter") {
    const form = event.target.closest?.("form") ?? scope().querySelector("main form.form, form.form");
    if (form) {
      event.preventDefault();
      form.requestSubmit();
    }
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey || writing(event.target)) return;
  let done = false;
  if (event.key === "?") {
    const dialog = document.getElementById("keys");
    if (dialog && !dialog.open) {
      list();
      dialog.showModal();
    }
    done = true;
  } else if (event.key.length === 1 || /^F\d+$/.test(event.key)) {
    done = press(event.key) || ({ j: () => walk(1), k: () => walk(-1) }[event.key]?.() ?? false);
  }
  if (done) event.preventDefault();
});

document.addEventListener("desk:opening", (event) => {
  if (event.target.id === "keys") list();
});
