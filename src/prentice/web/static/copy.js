import { evidence, told } from "./told.js";

// Copies the sentence, its evidence and the table: as text with tabs, and as HTML for documents and mail.

export function makeCopyable(card) {
  const button = card.querySelector(".copy");
  if (!button || !navigator.clipboard?.write) return;
  button.hidden = false;
  button.addEventListener("click", async () => {
    button.textContent = (await copied(card)) ? "Copied" : "Could not copy";
    setTimeout(() => (button.textContent = "Copy"), 2000);
  });
}

async function copied(card) {
  const sentence = told(card);
  const behind = evidence(card);
  const table = card.querySelector("table");
  const rows = table ? [...table.rows].map((row) => [...row.cells].map((c) => c.textContent.trim())) : [];
  const text = [sentence, ...behind, ...rows.map((row) => row.join("\t"))].join("\n");
  const html = document.createElement("div");
  const first = document.createElement("p");
  first.textContent = sentence;
  html.append(first);
  for (const line of behind) {
    const next = document.createElement("p");
    next.textContent = line;
    html.append(next);
  }
  if (rows.length) html.append(bare(rows));
  try {
    await navigator.clipboard.write([
      new ClipboardItem({
        "text/plain": new Blob([text], { type: "text/plain" }),
        "text/html": new Blob([html.innerHTML], { type: "text/html" }),
      }),
    ]);
    return true;
  } catch {
    return false;
  }
}

function bare(rows) {
  const table = document.createElement("table");
  for (const cells of rows) {
    const row = table.insertRow();
    for (const text of cells) row.insertCell().textContent = text;
  }
  return table;
}
