/** The one screen that shows a secret: it lives in this component, and is gone when the component is. */

import { html, useEffect, useRef, useState } from "../view.js";
import { setGuard } from "../router.js";
import { envLine, withSecret } from "../snippets.js";
import { CopyButton } from "./copy.js";
import { Confirm } from "./dialog.js";
import { Snippets } from "./snippets.js";
import { say } from "./toast.js";

/** @param {{made: ApiKeyCreated, about?: any, onStored: () => void, onGone: () => void}} props */
export function SecretScreen({ made, about, onStored, onGone }) {
  const [shown, setShown] = useState(false);
  const [leave, setLeave] = useState(/** @type {{go: () => void} | null} */ (null));
  const stored = useRef(false);
  useEffect(() => {
    const warn = (/** @type {BeforeUnloadEvent} */ event) => event.preventDefault();
    // Kept for the back button by the browser, the page would show the secret again.
    const hide = () => onGone();
    window.addEventListener("beforeunload", warn);
    window.addEventListener("pagehide", hide);
    setGuard((go) => {
      if (stored.current) return true;
      setLeave({ go });
      return false;
    });
    return () => {
      setGuard(null);
      window.removeEventListener("beforeunload", warn);
      window.removeEventListener("pagehide", hide);
    };
  }, []);
  const finish = (/** @type {() => void} */ next) => {
    stored.current = true;
    setGuard(null);
    next();
  };
  return html`
    <section class="once" aria-label="The secret of the key">
      <div class="note warn" role="alert"><p><strong>This is the only time you see this key.</strong> We keep no copy. Leave or reload this page without storing it and it is lost for good: you would have to rotate the key.</p></div>
      ${about}
      <div class="secret">
        <code class="value" aria-label=${shown ? "Key" : "Key, hidden"}>${shown ? made.api_key : made.preview + "•".repeat(30)}</code>
        <div class="row">
          <button type="button" onClick=${() => setShown(!shown)} aria-pressed=${shown}>${shown ? "Hide" : "Reveal"}</button>
          <${CopyButton} text=${made.api_key} label="Copy key" primary />
          <button type="button" onClick=${() => download(made.api_key)}>Download .env line</button>
        </div>
      </div>
      <h2>Try it</h2>
      <p class="quiet">Copied with the key filled in; your shell may keep the command in its history.</p>
      <${Snippets} snippets=${withSecret(made.api_key)} hide=${shown ? undefined : [made.api_key, `${made.preview}…`]} />
      <p class="actions"><button type="button" class="primary" onClick=${() => finish(onStored)}>I have stored it</button></p>
      ${leave && html`
        <${Confirm} title="Leave without storing the key?" action="Leave, lose the secret" busy=${false} error=${null}
          onConfirm=${() => finish(leave.go)} onClose=${() => setLeave(null)}>
          <p>Nobody can show you this secret again. The key itself stays; to get a new secret, rotate it.</p>
        <//>
      `}
    </section>
  `;
}

/** @param {string} secret */
function download(secret) {
  const url = URL.createObjectURL(new Blob([envLine(secret)], { type: "text/plain" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = "onepin.env";
  link.click();
  URL.revokeObjectURL(url);
  say("Saved as onepin.env.");
}
