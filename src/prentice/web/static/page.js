// The page, made smoother. Everything here also works as plain forms and links.
import { ask } from "./asking.js";
import { makeCopyable } from "./copy.js";
import { listenForFeedback } from "./feedback.js";
import { History } from "./history.js";
import { closeOthers, walkMenu } from "./menus.js";
import { makeSources, watchSources } from "./sources.js";
import { makeSortable } from "./table.js";
import { told } from "./told.js";

const tenant = document.body.dataset.tenant;
const form = document.querySelector("form.ask");
const box = form.elements.q;
const thread = document.querySelector(".thread");
const stages = document.querySelector(".stages");
const history = new History(`${document.body.dataset.who}.${tenant}`, document.querySelector(".history"));
let underWay = null;

document.addEventListener("submit", (event) => {
  const asking = event.target.closest("form[data-ask]");
  if (!asking) return;
  event.preventDefault();
  const said = new FormData(asking, event.submitter);
  const question = said.get("q").trim();
  if (!question) return;
  const replaced = asking.hasAttribute("data-replaces") ? asking.closest(".card") : null;
  show(question, said.getAll("context"), replaced);
});

async function show(question, context, replaced = null) {
  underWay?.abort();
  const mine = (underWay = new AbortController());
  document.body.classList.replace("blank", "asked");
  history.remember(question, context);
  stages.classList.remove("done");
  stages.replaceChildren();
  thread.setAttribute("aria-busy", "true");
  try {
    const width = Math.floor(thread.clientWidth);
    const html = await ask({ question, tenant, context, width }, step, mine.signal);
    if (mine.signal.aborted) return;
    const card = html === null ? unreachable(question) : parsed(html);
    place(card, replaced);
    settle(card, question, context);
  } finally {
    if (underWay === mine) {
      underWay = null;
      thread.removeAttribute("aria-busy");
    }
  }
}

function step(words) {
  const said = document.createElement("span");
  said.textContent = words;
  stages.append(said);
}

function parsed(html) {
  const template = document.createElement("template");
  template.innerHTML = html; // made by our own templates, which escape every value
  return template.content.querySelector(".card");
}

function unreachable(question) {
  const card = document.querySelector("#unreachable").content.firstElementChild.cloneNode(true);
  card.querySelector(".question").textContent = question;
  return card;
}

function place(card, replaced) {
  if (replaced?.isConnected) {
    // What was asked after the question that is now corrected leaned on it.
    while (thread.firstElementChild !== replaced) thread.firstElementChild.remove();
    replaced.replaceWith(card);
  } else {
    thread.prepend(card);
  }
  enliven(card);
}

function settle(card, question, context) {
  stages.classList.add("done");
  stages.textContent = told(card); // a screen reader hears the answer
  if (card.dataset.kind !== "error" && card.dataset.asked) carry([...context, question]);
  box.value = "";
  form.querySelector("label").textContent = "Ask another question";
  const address = new URLSearchParams({ q: question, tenant });
  for (const earlier of context) address.append("context", earlier);
  window.history.pushState({}, "", `/?${address}`);
  document.title = `${question} · Prentice`;
  const hidden = card.getBoundingClientRect().top < 0;
  if (hidden) card.scrollIntoView({ block: "start" });
  card.querySelector(".value [name=q]")?.focus({ preventScroll: true }); // a question back is ready to be answered
}

function carry(questions) {
  const inputs = questions.slice(-8).map((earlier) => {
    const input = document.createElement("input");
    Object.assign(input, { type: "hidden", name: "context", value: earlier });
    return input;
  });
  form.querySelector(".carried").replaceChildren(...inputs);
}

function enliven(card) {
  for (const table of card.querySelectorAll("table")) makeSortable(table);
  makeCopyable(card);
  makeSources(card);
}

// The box: arrows walk the history, "/" comes back to it from anywhere.
box.addEventListener("keydown", (event) => {
  if (event.key !== "ArrowUp" && event.key !== "ArrowDown") return;
  const found = history.walk(event.key === "ArrowUp" ? 1 : -1, box.value);
  if (found === null) return;
  event.preventDefault();
  box.value = found;
});
box.addEventListener("input", () => history.stopWalking());
document.addEventListener("keydown", (event) => {
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
  if (!history.slash || event.target.closest("input, textarea, select, [contenteditable]")) return;
  event.preventDefault();
  box.focus();
  box.select();
});
document.addEventListener("toggle", closeOthers, true);
document.addEventListener("keydown", walkMenu);
document.addEventListener("click", closeOthers);
listenForFeedback(tenant);
watchSources(thread);
history.onAsk = (question, context) => show(question, context);
window.addEventListener("popstate", () => window.location.reload());

for (const card of thread.querySelectorAll(".card")) {
  enliven(card);
  if (card.dataset.asked) {
    const context = [...form.querySelectorAll("[name=context]")].map((i) => i.value).slice(0, -1);
    history.remember(card.dataset.asked, context);
  }
}
if (thread.firstElementChild) box.value = "";
