// Notes, pins, words on the issue, and how far somebody has looked.
import { onKeys, say } from "./console.js";

const timeline = document.getElementById("timeline");
const tenant = timeline.dataset.tenant;
const ofCustomer = `/v1/customers/${timeline.dataset.who}`;
const reader = document.getElementById("reader");
const name = reader.elements.by;

const YEAR_S = 31_536_000;
function remember(text) {
  localStorage.setItem("threadline-name", text);
  document.cookie = `threadline-reader=${encodeURIComponent(text)}; path=/; max-age=${YEAR_S}; samesite=lax`;
}

if (!name.value && localStorage.getItem("threadline-name")) {
  name.value = localStorage.getItem("threadline-name");
  remember(name.value);
}

async function send(path, body) {
  const answer = await fetch(path + tenant, {
    method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body),
  });
  const told = await answer.json().catch(() => ({}));
  if (answer.ok) return told.id;
  say(told.detail ?? "This could not be noted.");
  return null;
}

// The pipeline takes a moment: look until what was said is there, or is gone.
async function shows(entry, id, gone) {
  const path = entry ? `/v1/interactions/${entry.dataset.interaction}` : `${ofCustomer}/card`;
  for (let tries = 0; tries < 40; tries += 1) {
    const told = await (await fetch(path + tenant)).json();
    const notes = (entry ? told.interaction.annotations : told.notes) ?? [];
    if (notes.some((one) => one.id === id) !== gone) return true;
    await new Promise((later) => setTimeout(later, 250));
  }
  return false;
}

async function refresh(entry, open) {
  const answer = await fetch(`/customers/${timeline.dataset.who}?part=entry&id=${entry.dataset.interaction}`);
  const made = document.createElement("template");
  made.innerHTML = await answer.text();
  const fresh = made.content.querySelector(".entry");
  if (!fresh) return;
  entry.replaceWith(fresh);
  fresh.querySelector(".desk").open = open;
  fresh.querySelector(".desk summary").focus();
}

function whoIs() {
  const text = name.value.trim();
  if (text) {
    remember(text);
    return text;
  }
  name.focus();
  say("Who says so? Write your name first.");
  return null;
}

async function remark(source, path, body, what) {
  const by = whoIs();
  if (!by) return;
  const entry = source.closest(".entry");
  const base = entry ? `/v1/interactions/${entry.dataset.interaction}` : ofCustomer;
  const gone = path === "withdrawals";
  const id = await send(`${base}/${path}`, { ...body, by });
  if (!id) return;
  say("Noted …");
  const there = await shows(entry, gone ? body.remark : id, gone);
  say(there ? what : "Noted; it shows as soon as the pipeline has read it.");
  if (entry && path !== "issues" && !source.hasAttribute("data-whole")) await refresh(entry, !source.hasAttribute("data-pin"));
  else {
    if (entry) location.hash = entry.id;
    location.reload();
  }
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form === reader) {
    event.preventDefault();
    remember(name.value.trim());
    location.reload();
  } else if (form.dataset.remark === "notes") {
    event.preventDefault();
    remark(form, "notes", { text: form.elements.text.value }, "The note is on the timeline.");
  } else if (form.dataset.remark === "issues") {
    event.preventDefault();
    remark(form, "issues", { other: form.elements.other.value, verdict: form.dataset.verdict }, "Joined.");
  }
});

document.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-withdraw], button[data-remark]");
  // Words about identity are withdrawn by a script of their own.
  if (!button || button.hasAttribute("data-a")) return;
  if (button.hasAttribute("data-withdraw")) {
    remark(button, "withdrawals", { remark: button.dataset.withdraw }, "Withdrawn.");
  } else if (button.dataset.remark === "pins") {
    remark(button, "pins", {}, "Pinned.");
  } else {
    remark(button, "issues", { other: button.dataset.other, verdict: button.dataset.verdict }, "Parted.");
  }
});

const here = () => document.activeElement?.closest(".entry");
onKeys({
  n: () => {
    const entry = here();
    if (!entry) return false;
    entry.querySelector(".desk").open = true;
    entry.querySelector("textarea").focus();
    return true;
  },
  p: () => {
    const entry = here();
    if (!entry) return false;
    entry.querySelector("[data-pin]").click();
    return true;
  },
});

// Whoever stays for a moment has looked.
const LOOKED_MS = 3000;
if (timeline.hasAttribute("data-unseen")) {
  setTimeout(() => {
    if (!document.hidden && name.value.trim()) send(`${ofCustomer}/seen`, { by: name.value.trim() });
  }, LOOKED_MS);
}
