// Earlier questions, by day, of this practice, in this browser alone.
const KEPT = 200;

export class History {
  constructor(tenant, side) {
    this.key = `prentice.history.${tenant}`;
    this.side = side;
    this.days = side.querySelector(".days");
    this.find = side.querySelector("#find");
    this.onAsk = () => {};
    this.at = -1; // how far back the box has walked; -1 is what was being typed
    this.typed = "";
    this.find.addEventListener("input", () => this.draw());
    this.days.addEventListener("click", (event) => this.choose(event));
    side.addEventListener("keydown", (event) => this.move(event));
    side.querySelector(".clear").addEventListener("click", () => this.clear());
    this.switch = side.querySelector(".slash");
    this.switch.checked = read("prentice.slash") !== "off";
    this.switch.addEventListener("change", () => write("prentice.slash", this.slash ? "on" : "off"));
    const narrow = !matchMedia("(min-width: 68rem)").matches;
    if (narrow) side.querySelector("details").open = false;
    this.draw();
  }

  get slash() {
    return this.switch.checked;
  }

  get entries() {
    try {
      const kept = JSON.parse(read(this.key) ?? "[]");
      return Array.isArray(kept) ? kept.filter((e) => typeof e?.q === "string") : [];
    } catch {
      return [];
    }
  }

  /** Newest first; asking the same again moves it up. */
  remember(question, context) {
    const others = this.entries.filter((e) => e.q !== question);
    const entry = { q: question, context, t: Date.now() };
    write(this.key, JSON.stringify([entry, ...others].slice(0, KEPT)));
    this.stopWalking();
    this.draw();
  }

  clear() {
    write(this.key, "[]");
    this.draw();
    document.querySelector("#question").focus();
  }

  /** The question `steps` further back, "" … what was typed at the end; null if there is none. */
  walk(steps, now) {
    const kept = this.entries;
    const to = this.at + steps;
    if (to < -1 || to >= kept.length) return null;
    if (this.at === -1) this.typed = now;
    this.at = to;
    return to === -1 ? this.typed : kept[to].q;
  }

  stopWalking() {
    this.at = -1;
  }

  draw() {
    const sought = this.find.value.trim().toLowerCase();
    const kept = this.entries;
    this.side.hidden = kept.length === 0;
    const found = kept.filter((e) => e.q.toLowerCase().includes(sought));
    this.side.querySelector(".none").hidden = found.length > 0;
    const parts = [];
    let day = "";
    let list = null;
    for (const entry of found) {
      const its = dayOf(new Date(entry.t));
      if (its !== day) {
        day = its;
        const heading = document.createElement("h2");
        heading.textContent = day;
        list = document.createElement("ul");
        parts.push(heading, list);
      }
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = entry.q;
      button.entry = entry;
      const item = document.createElement("li");
      item.append(button);
      list.append(item);
    }
    this.days.replaceChildren(...parts);
  }

  choose(event) {
    const entry = event.target.closest("button")?.entry;
    if (entry) this.onAsk(entry.q, Array.isArray(entry.context) ? entry.context : []);
  }

  /** Arrows move between the search box and the questions. */
  move(event) {
    if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
    const stops = [this.find, ...this.days.querySelectorAll("button")];
    const at = stops.indexOf(document.activeElement);
    if (at < 0) return;
    event.preventDefault();
    stops[Math.max(0, Math.min(stops.length - 1, at + (event.key === "ArrowDown" ? 1 : -1)))].focus();
  }
}

function dayOf(date) {
  const start = (d) => new Date(d.getFullYear(), d.getMonth(), d.getDate()).getTime();
  const ago = Math.round((start(new Date()) - start(date)) / 86_400_000);
  if (ago === 0) return "Today";
  if (ago === 1) return "Yesterday";
  return date.toLocaleDateString(undefined, { weekday: "long", day: "numeric", month: "long" });
}

// A browser may refuse storage; the page works without it.
function read(key) {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

function write(key, value) {
  try {
    localStorage.setItem(key, value);
  } catch {
    // nothing is remembered then
  }
}
