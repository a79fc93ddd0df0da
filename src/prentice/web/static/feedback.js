// What somebody says of an answer, without leaving it. The same form works without this.

export function listenForFeedback(tenant) {
  document.addEventListener("submit", (event) => {
    const form = event.target.closest("form[data-feedback]");
    if (!form) return;
    event.preventDefault();
    send(form, tenant, new FormData(form, event.submitter));
  });
}

async function send(form, tenant, said) {
  const noted = form.querySelector(".noted");
  const body = { tenant, trace_id: said.get("trace_id") };
  if (said.get("thumbs")) body.thumbs = said.get("thumbs");
  if (said.get("rating")) body.rating = Number(said.get("rating"));
  if (said.get("correction").trim()) body.correction = said.get("correction");
  if (Object.keys(body).length === 2) return;
  try {
    const response = await fetch("/v1/feedback", {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-CSRF-Token": document.body.dataset.csrf },
      body: JSON.stringify(body),
    });
    const told = await response.json();
    if (!response.ok) {
      noted.textContent = `${told.error.message} ${told.error.next_step}`;
      return;
    }
    for (const button of form.querySelectorAll("[name=thumbs]")) {
      button.setAttribute("aria-pressed", String(button.value === told.thumbs));
    }
    if (body.correction) form.querySelector("details").open = false;
    noted.textContent = body.correction ? "Thank you. It will be reviewed." : "Noted. Thank you.";
  } catch {
    noted.textContent = "The server did not answer. Try again in a moment.";
  }
}
