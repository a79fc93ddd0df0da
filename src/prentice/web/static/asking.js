// One question to the server; its stages as they happen, its card at the end.

/**
 * Asks, calls `onStage(words)` for each stage, and gives the card's HTML; null if the server is away.
 */
export async function ask(form, onStage, signal) {
  try {
    const response = await fetch("/page/answer", {
      method: "POST",
      headers: {
        "Content-Type": "application/json",
        Accept: "text/event-stream",
        "X-CSRF-Token": document.body.dataset.csrf,
      },
      body: JSON.stringify(form),
      signal,
    });
    if (!response.headers.get("Content-Type")?.startsWith("text/event-stream")) {
      if (response.status === 401) {
        // The session has ended: sign in, and come back to this question.
        const address = new URLSearchParams({ q: form.question, tenant: form.tenant });
        for (const earlier of form.context) address.append("context", earlier);
        location.assign(`/?${address}`);
      }
      return failure(form.question, (await response.json()).error);
    }
    for await (const { name, data } of events(response.body)) {
      if (name === "stage") onStage(data.words);
      if (name === "card") return data.html;
    }
    return null;
  } catch {
    return null;
  }
}

/** The server-sent events of a stream, each {name, data}. */
async function* events(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  while (true) {
    const { value, done } = await reader.read();
    if (done) return;
    text += value;
    let end;
    while ((end = text.indexOf("\n\n")) >= 0) {
      const lines = text.slice(0, end).split("\n");
      text = text.slice(end + 2);
      const name = lines.find((line) => line.startsWith("event: "))?.slice(7);
      const data = lines.find((line) => line.startsWith("data: "))?.slice(6);
      if (name && data) yield { name, data: JSON.parse(data) };
    }
  }
}

/** A refusal of the request itself, as a card; every value is set as text. */
function failure(question, error) {
  const card = document.querySelector("#unreachable").content.firstElementChild.cloneNode(true);
  card.querySelector(".question").textContent = question;
  card.querySelector(".sentence").textContent = error.message;
  card.querySelector(".next").textContent = error.next_step;
  return card.outerHTML;
}
