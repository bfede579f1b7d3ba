// What people do to customers: merge, unmerge, split, deny, withdraw, and the undo of each.
import { say } from "./console.js";

const form = () => document.querySelector(".pair");
const who = () => form()?.elements.by.value.trim() ?? "";

async function act(button) {
  const fields = form().elements;
  const { does, act: undone, statement, tenant } = button.dataset;
  const a = button.dataset.a ?? fields.a.value;
  const b = button.dataset.b ?? fields.b.value.trim();
  if (does !== "undo" && !b) {
    form().reportValidity();
    return;
  }
  if (!who()) {
    fields.by.focus();
    say("Who says so? Write your name first.");
    return;
  }
  localStorage.setItem("threadline-name", who());
  const action = { does, a, by: who(), why: fields.why.value.trim() || null };
  if (undone) action.act = undone;
  else action.b = b;
  if (statement) action.statement = statement;
  button.disabled = true;
  say("Customers are computed anew …");
  const answer = await fetch(`/v1/identity/acts${tenant}`, {
    method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(action),
  });
  const told = await answer.json().catch(() => ({}));
  if (!answer.ok) {
    say(told.detail ?? "This could not be noted.");
    button.disabled = false;
    return;
  }
  if (!told.applied) {
    say("Noted. The pipeline has not come to it yet: look again in a moment.");
    button.disabled = false;
    return;
  }
  const count = told.customers.length;
  sessionStorage.setItem("threadline-done", count === 1 ? "Done: this is one customer now." : `Done: these are ${count} customers now.`);
  // The page shows the customer as it now stands; where an id is a former one the page leads on.
  location.hash = "why";
  location.reload();
}

document.addEventListener("htmx:after:swap", () => {
  if (form() && !who()) form().elements.by.value = localStorage.getItem("threadline-name") ?? "";
});

document.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-does]");
  if (button) act(button);
});

const done = sessionStorage.getItem("threadline-done");
if (done) {
  sessionStorage.removeItem("threadline-done");
  say(done);
}
if (location.hash === "#why") document.getElementById("why").open = true;
