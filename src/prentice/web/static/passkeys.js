// Passkeys: WebAuthn needs a script. Without one, the password and the codes do.
const bytes = (text) =>
  Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
const text = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

async function send(path, body) {
  const response = await fetch(path, {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-CSRF-Token": document.body.dataset.csrf ?? "" },
    body: JSON.stringify(body),
  });
  const said = await response.json();
  if (!response.ok) throw new Error(`${said.error.message} ${said.error.next_step}`);
  return said;
}

function readable(options) {
  options.challenge = bytes(options.challenge);
  if (options.user) options.user.id = bytes(options.user.id);
  for (const list of ["excludeCredentials", "allowCredentials"]) {
    for (const one of options[list] ?? []) one.id = bytes(one.id);
  }
  return options;
}

function sendable(credential) {
  const { response } = credential;
  const answer = { clientDataJSON: text(response.clientDataJSON) };
  if (response.attestationObject) {
    answer.attestationObject = text(response.attestationObject);
    answer.transports = response.getTransports?.() ?? [];
  } else {
    answer.authenticatorData = text(response.authenticatorData);
    answer.signature = text(response.signature);
    answer.userHandle = response.userHandle ? text(response.userHandle) : null;
  }
  return { id: credential.id, rawId: text(credential.rawId), type: credential.type, response: answer };
}

/** A passkey belongs to a name: at an address such as 127.0.0.1 no browser makes or shows one. */
function atAnAddress() {
  const { hostname, port, protocol } = location;
  if (!/^[\d.]+$|^\[/.test(hostname)) return null;
  const own = hostname.startsWith("127.") || hostname === "[::1]";
  return own
    ? `A passkey needs a name, not an address. Open ${protocol}//localhost${port && `:${port}`}/ and try there.`
    : "A passkey needs a name, not an address. Open this page under the server's name.";
}

const ways = {
  "sign-in": async (button) => {
    const { options, pending } = await send("/sign-in/passkey/options", {});
    const credential = await navigator.credentials.get({ publicKey: readable(options) });
    const { next } = await send("/sign-in/passkey", {
      pending, credential: sendable(credential), next: button.dataset.next ?? "/",
    });
    location.assign(next);
  },
  add: async () => {
    const { options, pending } = await send("/account/passkeys/options", {});
    const credential = await navigator.credentials.create({ publicKey: readable(options) });
    const { next } = await send("/account/passkeys", { pending, credential: sendable(credential) });
    location.assign(next);
  },
  /** Beside a password or a code: what the passkey answers goes along with the form. */
  show: async (button) => {
    const { form } = button;
    const fresh = form.elements.new;
    if (fresh && !fresh.reportValidity()) return;
    const held = form.elements.pending ? { pending: form.elements.pending.value } : {};
    const { options, pending } = await send(button.dataset.options, held);
    const credential = await navigator.credentials.get({ publicKey: readable(options) });
    form.elements.challenge.value = pending;
    form.elements.credential.value = JSON.stringify(sendable(credential));
    form.submit(); // not requestSubmit: the code may stay empty
  },
};

function tell(button, words) {
  const told = document.createElement("div");
  told.className = "wrong here";
  told.setAttribute("role", "alert");
  told.append(Object.assign(document.createElement("p"), { textContent: words }));
  (button.closest("p, form, .others") ?? button).before(told);
}

function why(failure) {
  if (failure.name === "InvalidStateError") return "This device has a passkey of this account already.";
  if (failure.name === "SecurityError") return "The browser makes no passkey on this page: it must be opened by https.";
  return failure.message;
}

if (window.PublicKeyCredential) {
  for (const button of document.querySelectorAll("[data-passkey]")) {
    button.hidden = false;
    button.addEventListener("click", async () => {
      document.querySelector(".wrong.here")?.remove();
      const elsewhere = atAnAddress();
      if (elsewhere) return tell(button, elsewhere);
      try {
        await ways[button.dataset.passkey](button);
      } catch (failure) {
        if (failure.name === "NotAllowedError" || failure.name === "AbortError") return; // the person let it be
        tell(button, why(failure));
      }
    });
  }
}
