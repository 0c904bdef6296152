// What htmx alone does not do: ask in a dialog before production changes, and say what was refused or failed.

const ask = document.getElementById("ask");
const messages = document.getElementById("messages");

document.addEventListener("htmx:confirm", (event) => {
  if (!event.detail.question) return;
  event.preventDefault();
  document.getElementById("ask-question").textContent = event.detail.question;
  ask.returnValue = "no";
  ask.addEventListener("close", () => ask.returnValue === "yes" && event.detail.issueRequest(true), { once: true });
  ask.showModal();
});

// Addresses carry what was chosen, and nothing that was left empty.
document.addEventListener("htmx:configRequest", (event) => {
  const { verb, parameters } = event.detail;
  if (verb !== "get") return;
  for (const name of Object.keys(parameters)) if (parameters[name] === "") delete parameters[name];
});

// A refusal names the place where it wants to be read; htmx would drop it because of its status.
document.addEventListener("htmx:beforeSwap", (event) => {
  if (isExplained(event.detail.xhr)) event.detail.shouldSwap = true;
});

document.addEventListener("htmx:responseError", (event) => {
  if (!isExplained(event.detail.xhr)) say("The server could not do that; nothing was changed. Reload the page and try again.");
});

document.addEventListener("htmx:sendError", () => say("The server did not answer. Check the connection and try again."));

function isExplained(request) {
  return request.status >= 400 && request.getResponseHeader("HX-Retarget") !== null;
}

function say(sentence) {
  const message = document.createElement("p");
  message.className = "message error";
  message.textContent = sentence;
  messages.replaceChildren(message);
}

// A key that is shown once can be copied where the browser lets pages do that.
for (const button of document.querySelectorAll("[data-copy]")) button.hidden = !navigator.clipboard;

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  const field = document.getElementById(button.dataset.copy);
  field.select();
  await navigator.clipboard.writeText(field.value);
  button.textContent = "Copied";
});
