// Menus are <details>. One is open at a time; Escape closes it; arrows move within it.

/** Closes every open menu but the one that was opened or clicked in. */
export function closeOthers(event) {
  if (event.type === "toggle" && !event.target.open) return;
  const kept = event.target.closest?.(".menu");
  for (const menu of document.querySelectorAll(".menu[open]")) {
    if (menu !== kept) menu.open = false;
  }
}

export function walkMenu(event) {
  const menu = event.target.closest?.(".menu");
  if (!menu?.open) return;
  if (event.key === "Escape") {
    menu.open = false;
    menu.querySelector("summary").focus();
    return;
  }
  if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
  event.preventDefault();
  const stops = [...menu.querySelectorAll("li > a, li > button")];
  const at = stops.indexOf(document.activeElement);
  const to = event.key === "ArrowDown" ? at + 1 : at < 0 ? stops.length - 1 : at - 1;
  stops[(to + stops.length) % stops.length].focus();
}
