// The passage behind a sentence: shown beside its mark while one points at it or has the focus there, and kept
// by a click or Enter. Escape, a second click and a click elsewhere close it. Without a script the mark is a
// link to the list of sources.

const LINGERS_MS = 200; // so that the pointer can travel from the mark to the passage
const GAP = 6;

const passage = document.createElement("div");
passage.className = "passage";
passage.id = "passage";
passage.hidden = true;
let shown = null; // the mark whose passage is seen
let kept = false; // by a click
let leaving = 0;

export function makeSources(card) {
  for (const mark of card.querySelectorAll(".cite")) {
    mark.setAttribute("role", "button");
    mark.setAttribute("aria-expanded", "false");
    mark.setAttribute("aria-haspopup", "true");
  }
}

export function watchSources(thread) {
  thread.addEventListener("pointerover", (event) => {
    if (event.pointerType === "touch") return; // a touch is a click
    const mark = event.target.closest(".cite");
    if (mark) show(mark, kept && shown === mark);
    else if (event.target.closest(".passage")) clearTimeout(leaving);
  });
  thread.addEventListener("pointerout", (event) => {
    if (event.target.closest(".cite, .passage") && !kept) leave();
  });
  thread.addEventListener("focusin", (event) => {
    const mark = event.target.closest(".cite");
    if (mark) show(mark, kept && shown === mark);
    else if (!event.target.closest(".passage")) hide();
  });
  thread.addEventListener("focusout", (event) => {
    if (event.target.closest(".cite") && !kept) leave();
  });
  thread.addEventListener("keydown", (event) => {
    if (event.key !== " " || !event.target.matches?.(".cite")) return;
    event.preventDefault();
    event.target.click();
  });
  document.addEventListener("click", (event) => {
    const mark = event.target.closest?.(".cite");
    if (!mark) {
      if (!event.target.closest?.(".passage")) hide();
      return;
    }
    event.preventDefault();
    if (shown === mark && kept) hide();
    else show(mark, true);
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") hide();
  });
  window.addEventListener("resize", () => shown && place(shown)); // a telephone resizes as its bars come and go
}

function show(mark, keep) {
  clearTimeout(leaving);
  kept = keep;
  if (shown === mark) return;
  hide();
  kept = keep;
  shown = mark;
  const source = document.getElementById(mark.hash.slice(1));
  if (!source) return;
  passage.replaceChildren(
    piece("blockquote", mark.dataset.quote),
    piece("p", source.querySelector(".title").textContent, "title"),
    piece("p", source.querySelector("cite").textContent, "whence"),
  );
  passage.hidden = false;
  mark.setAttribute("aria-expanded", "true");
  mark.setAttribute("aria-controls", passage.id);
  place(mark);
}

function place(mark) {
  const card = mark.closest(".card");
  card.append(passage);
  const [at, around] = [mark.getBoundingClientRect(), card.getBoundingClientRect()];
  const left = at.left + at.width / 2 - around.left - passage.offsetWidth / 2;
  const below = at.bottom + GAP + passage.offsetHeight <= window.innerHeight;
  const top = below ? at.bottom + GAP : Math.max(at.top - GAP - passage.offsetHeight, 0);
  passage.style.left = `${Math.max(0, Math.min(left, around.width - passage.offsetWidth))}px`;
  passage.style.top = `${top - around.top}px`;
}

function piece(name, text, called = "") {
  const made = document.createElement(name);
  made.textContent = text;
  if (called) made.className = called;
  return made;
}

function leave() {
  clearTimeout(leaving);
  leaving = setTimeout(hide, LINGERS_MS);
}

function hide() {
  clearTimeout(leaving);
  passage.hidden = true;
  shown?.setAttribute("aria-expanded", "false");
  shown?.removeAttribute("aria-controls");
  shown = null;
  kept = false;
}
