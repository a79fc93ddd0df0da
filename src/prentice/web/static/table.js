// Sorting by a column: once the way one looks for (figures from the top, names from A), then the other.

export function makeSortable(table) {
  const headings = [...table.querySelectorAll("thead th")];
  if (table.tBodies[0].rows.length < 2) return;
  headings.forEach((heading, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = heading.textContent;
    heading.replaceChildren(button);
    button.addEventListener("click", () => sort(table, headings, column));
  });
}

function sort(table, headings, column) {
  const heading = headings[column];
  const figures = heading.classList.contains("figure");
  const before = heading.getAttribute("aria-sort");
  const first = figures ? "descending" : "ascending";
  const second = figures ? "ascending" : "descending";
  const way = before === first ? second : first;
  for (const other of headings) other.removeAttribute("aria-sort");
  heading.setAttribute("aria-sort", way);
  const body = table.tBodies[0];
  const rows = [...body.rows];
  const turned = way === "descending" ? -1 : 1;
  rows.sort((a, b) => {
    const [x, y] = [a.cells[column].dataset.key, b.cells[column].dataset.key];
    if (x === "" || y === "") return (x === "") - (y === ""); // nothing stands last, either way
    return turned * compare(x, y);
  });
  body.replaceChildren(...rows);
}

function compare(x, y) {
  const [a, b] = [Number(x), Number(y)];
  if (!Number.isNaN(a) && !Number.isNaN(b)) return a - b;
  return x.localeCompare(y, undefined, { numeric: true });
}
