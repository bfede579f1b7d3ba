// What every page has: keys, theme, steps through lists, messages, and polling that rests.

const typing = (target) =>
  target.closest("input:not([type=checkbox]), textarea, select, [contenteditable]") !== null;

const usesKeys = () => localStorage.getItem("threadline-keys") !== "off";

export function say(text) {
  const place = document.getElementById("said");
  place.textContent = text;
  place.classList.add("shown");
  clearTimeout(say.timer);
  say.timer = setTimeout(() => place.classList.remove("shown"), 3500);
}

// Pages add their own keys: {key: handler}. A handler that returns false leaves the key alone.
const handlers = {};
export function onKeys(more) {
  Object.assign(handlers, more);
}

function step(by) {
  const steps = [...document.querySelectorAll("[data-step]")];
  if (!steps.length) return false;
  const here = document.activeElement?.closest("[data-step]");
  const next = steps[here ? Math.min(steps.length - 1, Math.max(0, steps.indexOf(here) + by)) : 0];
  const target = next.querySelector("a[href]") && !next.hasAttribute("tabindex") ? next.querySelector("a[href]") : next;
  target.focus({ preventScroll: true });
  next.scrollIntoView({ block: "center", behavior: "auto" });
  return true;
}

const places = { o: "/", t: "/customers", c: "/contact-types", s: "/search", p: "/proposals", a: "/alerts", l: "/ledger" };
let going = 0;

onKeys({
  "/": () => {
    const box = document.getElementById("q") ?? document.getElementById("find");
    box.focus();
    box.select();
  },
  "?": () => document.getElementById("keys").showModal(),
  j: () => step(1),
  k: () => step(-1),
  g: () => { going = Date.now(); },
});

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target) || !usesKeys()) return;
  if (document.querySelector("dialog[open]")) return;
  if (Date.now() - going < 1500 && event.key in places) {
    event.preventDefault();
    location.href = places[event.key];
    return;
  }
  const handle = handlers[event.key];
  if (handle && handle(event) !== false) event.preventDefault();
});

const isDark = () => {
  const chosen = document.documentElement.dataset.theme;
  return chosen ? chosen === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
};

document.getElementById("switch-theme").addEventListener("click", () => {
  const theme = isDark() ? "light" : "dark";
  document.documentElement.dataset.theme = theme;
  localStorage.setItem("threadline-theme", theme);
  document.dispatchEvent(new Event("threadline:theme"));
});
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () =>
  document.dispatchEvent(new Event("threadline:theme")));

document.getElementById("show-keys").addEventListener("click", () => document.getElementById("keys").showModal());
const useKeys = document.getElementById("use-keys");
useKeys.checked = usesKeys();
useKeys.addEventListener("change", () => localStorage.setItem("threadline-keys", useKeys.checked ? "on" : "off"));

// On a narrow screen the places scroll sideways: show where one is.
const here = document.querySelector(".top nav [aria-current]");
if (here) here.parentElement.scrollLeft = here.offsetLeft - here.parentElement.offsetLeft - 40;

// A hidden tab asks for nothing.
document.addEventListener("htmx:before:request", (event) => {
  const source = event.detail?.ctx?.sourceElement;
  if (document.hidden && source?.hasAttribute("data-poll")) event.preventDefault();
});
