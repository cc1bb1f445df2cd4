/** Pausing or revoking several keys: what will happen, to how many, and what did not work. */

import { call } from "../api.js";
import { counted, number, stateOf } from "../format.js";
import { usePlace } from "../place.js";
import { asApiError, useAction } from "../resource.js";
import { html, useState } from "../view.js";
import { Confirm } from "./dialog.js";
import { say } from "./toast.js";

/** @typedef {"pause" | "revoke"} Act */

/** @param {{keys: ApiKey[], done: () => void, clear: () => void}} props */
export function BulkBar({ keys, done, clear }) {
  const [act, setAct] = useState(/** @type {Act | null} */ (null));
  const pausable = keys.filter((key) => stateOf(key) === "active");
  const revocable = keys.filter((key) => stateOf(key) !== "revoked");
  return html`
    <div class="bulk" role="region" aria-label="Selected keys">
      <strong>${counted(keys.length, "key")} selected</strong>
      <button type="button" disabled=${pausable.length === 0} onClick=${() => setAct("pause")}>Pause ${number(pausable.length)}</button>
      <button type="button" class="danger" disabled=${revocable.length === 0} onClick=${() => setAct("revoke")}>Revoke ${number(revocable.length)}</button>
      <button type="button" class="plain" onClick=${clear}>Clear selection</button>
      ${act && html`<${BulkDialog} act=${act} keys=${act === "pause" ? pausable : revocable} close=${() => setAct(null)} done=${done} />`}
    </div>
  `;
}

/** @param {{act: Act, keys: ApiKey[], close: () => void, done: () => void}} props */
function BulkDialog({ act, keys, close, done }) {
  const { workspace } = usePlace();
  const { busy, error, run } = useAction();
  const [at, setAt] = useState(0);
  const many = counted(keys.length, "key");
  const confirm = () =>
    run(async () => {
      /** @type {{key: ApiKey, error: import("../api.js").ApiError}[]} */
      const failed = [];
      for (const [index, key] of keys.entries()) {
        setAt(index + 1);
        try {
          if (act === "revoke") await call("DELETE", `api-keys/${key.id}`, { workspace: workspace.id });
          else await call("PATCH", `api-keys/${key.id}`, { workspace: workspace.id, body: { active: false } });
        } catch (failure) {
          const error = asApiError(failure);
          if (error.passing || error.code === "SIGNED_OUT") throw error; // the rest would fail as well; what is done stays done
          failed.push({ key, error });
        }
      }
      const well = keys.length - failed.length;
      const rest = failed.length > 0 ? ` ${failed[0]?.key.name}: ${failed[0]?.error.message}${failed.length > 1 ? ` (and ${failed.length - 1} more)` : ""}` : "";
      say(`${counted(well, "key")} ${act === "revoke" ? "revoked" : "paused"}.${rest}`);
      close();
      done();
    });
  const revoking = act === "revoke";
  return html`
    <${Confirm} title=${revoking ? `Revoke ${many}?` : `Pause ${many}?`} action=${revoking ? `Revoke ${many}` : `Pause ${many}`} danger=${revoking}
      word=${revoking ? String(keys.length) : undefined} wordLabel=${`To confirm, type the number of keys: ${keys.length}`}
      busy=${busy} error=${error} onConfirm=${confirm} onClose=${close}>
      <p>${revoking ? "Whoever uses them is refused from the next request on. This can't be undone." : "Whoever uses them is refused until you resume them."}</p>
      <ul class="names">${keys.slice(0, 5).map((key) => html`<li key=${key.id}>${key.name} <code>${key.preview}…</code></li>`)}${keys.length > 5 && html`<li>and ${number(keys.length - 5)} more</li>`}</ul>
      ${busy && html`<p role="status">${number(at)} of ${number(keys.length)}</p>`}
    <//>
  `;
}
