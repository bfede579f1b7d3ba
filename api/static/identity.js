// An analyst's word on two identifiers: same, different, or withdrawn.
import { say } from "./console.js";

const field = () => document.querySelector(".pair [name=by]");
const who = () => field()?.value.trim() ?? "";

async function state(button) {
  const form = button.closest("form");
  const link = {
    a: button.dataset.a ?? form.elements.a.value,
    b: button.dataset.b ?? form.elements.b.value.trim(),
    verdict: button.dataset.verdict,
    withdrawn: button.hasAttribute("data-withdraw"),
  };
  if (form && !form.reportValidity()) return;
  // What a person said is taken back in that person's name: it is the same statement.
  link.by = button.dataset.by || who();
  if (!link.by) {
    field().focus();
    say("Who says so? Write your name first.");
    return;
  }
  localStorage.setItem("threadline-name", who());
  button.disabled = true;
  const answer = await fetch(`/v1/identity/links${button.dataset.tenant}`, {
    method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(link),
  });
  if (!answer.ok) {
    const problem = await answer.json().catch(() => ({}));
    say(problem.detail ?? "This could not be noted.");
    button.disabled = false;
    return;
  }
  say("Noted. Customers are computed anew …");
  // The pipeline takes a moment; the page then shows the customer as it now stands.
  setTimeout(() => {
    location.hash = "why";
    location.reload();
  }, 1500);
}

document.addEventListener("htmx:after:swap", () => {
  if (field() && !field().value) field().value = localStorage.getItem("threadline-name") ?? "";
});

document.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-verdict]");
  if (button) state(button);
});

if (location.hash === "#why") document.getElementById("why").open = true;
