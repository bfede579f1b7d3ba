// Decide on proposals: one person, two people, undo, or many at once.
import { onKeys, say } from "./console.js";

const review = document.querySelector(".review");
const who = document.getElementById("who");
const sure = document.getElementById("sure");
const tenant = review?.dataset.tenant ?? "";

async function send(path, body) {
  const answer = await fetch(`${path}${tenant}`, {
    method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body),
  });
  const told = await answer.json().catch(() => ({}));
  if (!answer.ok) say(told.detail ?? "This could not be noted.");
  return answer.ok ? told : null;
}

function speaker() {
  const by = who.elements.by.value.trim();
  if (!by) {
    who.elements.by.focus();
    say("Who decides? Write your name first.");
    return null;
  }
  localStorage.setItem("threadline-name", by);
  const why = who.elements.why.value.trim();
  return why ? { by, why } : { by };
}

function count(by) {
  const place = document.getElementById("open");
  const left = Math.max(0, Number(place.textContent.replaceAll(",", "")) + by);
  place.textContent = left.toLocaleString("en-US");
}

function show(card, outcome) {
  card.classList.toggle("decided", Boolean(outcome));
  card.querySelector(".decide").hidden = Boolean(outcome);
  card.querySelector(".decide").style.display = outcome ? "none" : "";
  card.querySelector(".done").hidden = !outcome;
  card.querySelector(".outcome").textContent = outcome;
}

function next(card) {
  const cards = [...document.querySelectorAll(".proposal")];
  const open = cards.slice(cards.indexOf(card) + 1).find((one) => !one.classList.contains("decided"));
  (open ?? card).focus({ preventScroll: true });
  (open ?? card).scrollIntoView({ block: "start" });
}

async function decide(card, verdict) {
  if (!card || card.classList.contains("decided") || card.ariaBusy === "true") return;
  const said = speaker();
  if (!said) return;
  card.ariaBusy = "true";
  const noted = await send(`/v1/identity/proposals/${card.dataset.id}`, { verdict, ...said });
  card.ariaBusy = "false";
  if (!noted) return;
  card.dataset.verdict = verdict === "accept" ? "same" : "different";
  card.dataset.by = said.by;
  const outcome = verdict === "accept" ? "One person" : "Two people";
  show(card, `${outcome}, says ${said.by}.`);
  count(-1);
  say(`Noted: ${outcome.toLowerCase()}.`);
  next(card);
}

async function undo(card) {
  const { a, b, verdict, by } = card.dataset;
  const noted = await send("/v1/identity/links", { a, b, verdict, by, withdrawn: true });
  if (!noted) return;
  show(card, "");
  count(1);
  say("Taken back.");
  card.focus();
}

async function many(button) {
  const said = speaker();
  if (!said) return;
  document.getElementById("sure-text").textContent =
    `${button.dataset.count} pairs of customers become one each; expect ${button.dataset.told} to be right. Each can be undone.`;
  sure.returnValue = "";
  sure.showModal();
  await new Promise((closed) => sure.addEventListener("close", closed, { once: true }));
  button.focus();
  if (sure.returnValue !== "yes") return;
  const { above, count: most } = button.dataset;
  const noted = await send("/v1/identity/proposals", { above: Number(above), at_most: Number(most), ...said });
  if (!noted) return;
  say(`${noted.accepted} accepted. Customers are computed anew …`);
  setTimeout(() => location.reload(), 1500);
}

if (who) {
  who.elements.by.value = localStorage.getItem("threadline-name") ?? "";
  who.addEventListener("submit", (event) => event.preventDefault());
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  const card = button?.closest(".proposal");
  if (button?.dataset.verdict) decide(card, button.dataset.verdict);
  else if (button?.dataset.undo !== undefined) undo(card);
  else if (button?.dataset.above) many(button);
});

const here = () => document.activeElement?.closest(".proposal");
onKeys({
  y: () => { if (!here()) return false; decide(here(), "accept"); },
  n: () => { if (!here()) return false; decide(here(), "reject"); },
  u: () => { if (!here()?.classList.contains("decided")) return false; undo(here()); },
});
