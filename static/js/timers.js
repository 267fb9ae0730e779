// Clocks. The server writes each time in words; once a second this keeps them true.
//   <time data-since datetime>      counts up, 4:05 (a call, a hold)
//   <time data-due datetime>        あと12分 / 3分超過, in the sentences of #desk-texts
//   [data-from][data-after][data-until]  shown between so many seconds after a moment (the prompts of a hold)

const patterns = document.getElementById("desk-texts")?.dataset ?? {};
const SOON = 30 * 60;
// The desk's clock, not this machine's: the page carries the time at which it was made.
const offset = (() => {
  const made = Date.parse(document.documentElement.dataset.now ?? "");
  return Number.isNaN(made) ? 0 : made - Date.now();
})();

const fill = (pattern, values) => (pattern ?? "").replace(/\{(\w)\}/g, (_, key) => values[key]);

function clock(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (n) => String(n).padStart(2, "0");
  return h ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

function due(seconds) {
  const minutes = Math.floor(Math.abs(seconds) / 60);
  const side = seconds < 0 ? "Over" : "Left";
  if (minutes === 0 && side === "Left") return patterns.now;
  if (minutes < 60) return fill(patterns[`minutes${side}`], { m: minutes });
  if (minutes < 2 * 24 * 60) return fill(patterns[`${minutes < 600 ? "hours" : "long"}${side}`], { h: Math.floor(minutes / 60), m: minutes % 60 });
  return fill(patterns[`days${side}`], { d: Math.floor(minutes / 1440) });
}

function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

function tick() {
  const now = Date.now() + offset;
  for (const element of document.querySelectorAll("time[data-since]")) {
    write(element, clock((now - Date.parse(element.dateTime)) / 1000));
  }
  for (const element of document.querySelectorAll("time[data-due]")) {
    const left = (Date.parse(element.dateTime) - now) / 1000;
    write(element.querySelector("span") ?? element, due(left));
    element.classList.toggle("due-late", left < 0);
    element.classList.toggle("due-soon", left >= 0 && left <= SOON);
    element.classList.toggle("due-fine", left > SOON);
  }
  for (const element of document.querySelectorAll("[data-from][data-after]")) {
    const passed = (now - Date.parse(element.dataset.from)) / 1000;
    element.hidden = passed < Number(element.dataset.after) || passed >= Number(element.dataset.until ?? Infinity);
  }
}

if (patterns.minutesLeft) {
  tick();
  setInterval(tick, 1000);
  document.addEventListener("htmx:afterSettle", tick);
}
