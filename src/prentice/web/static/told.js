// The sentences of a card as one text, without the numbers of their sources.

export function told(card) {
  const parts = [...card.querySelectorAll(".urgent h3, .sentence")].map((part) => {
    const bare = part.cloneNode(true);
    for (const mark of bare.querySelectorAll(".cite")) mark.remove();
    const text = bare.textContent.trim();
    return part.matches("h3") ? `${text}:` : text;
  });
  return parts.join(" ");
}

/** The steps of a calculation and the sources of an answer, a line each. */
export function evidence(card) {
  const steps = [...card.querySelectorAll(".steps li")].map((step) => step.textContent.trim());
  const sources = [...card.querySelectorAll(".sources li")].map((source, place) => {
    const [title, cited] = [source.querySelector(".title"), source.querySelector("cite")];
    return `[${place + 1}] ${title.textContent.trim()}: ${cited.textContent.trim()}`;
  });
  return [...steps, ...sources];
}
