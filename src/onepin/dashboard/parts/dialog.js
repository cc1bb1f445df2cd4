/** The browser's own modal dialog: it traps the focus, closes on Esc and gives the focus back. */

import { html, useEffect, useRef, useState } from "../view.js";
import { ErrorNote } from "./errors.js";
import { TextField } from "./field.js";

let ids = 0;

/** @param {{title: string, onClose: () => void, children?: any, keep?: boolean}} props `keep`: Esc does not close it */
export function Dialog({ title, onClose, children, keep = false }) {
  const box = useRef(/** @type {HTMLDialogElement | null} */ (null));
  const [id] = useState(() => `dialog-${++ids}`);
  useEffect(() => {
    const before = document.activeElement;
    box.current?.showModal();
    return () => {
      box.current?.close();
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, []);
  const onCancel = (/** @type {Event} */ event) => {
    event.preventDefault();
    if (!keep) onClose();
  };
  return html`
    <dialog ref=${box} aria-labelledby=${id} onCancel=${onCancel}>
      <h2 id=${id}>${title}</h2>
      ${children}
    </dialog>
  `;
}

/**
 * Ask before something that can't be undone; `word` has to be typed first, where there is one.
 * @param {{title: string, action: string, children?: any, word?: string, wordLabel?: any, busy: boolean, danger?: boolean,
 *   error: import("../api.js").ApiError | null, onConfirm: () => void, onClose: () => void}} props
 */
export function Confirm({ title, action, children, word, wordLabel, busy, error, danger = true, onConfirm, onClose }) {
  const [typed, setTyped] = useState("");
  const [missed, setMissed] = useState("");
  const submit = (/** @type {Event} */ event) => {
    event.preventDefault();
    if (word !== undefined && typed.normalize("NFC").trim() !== word.normalize("NFC").trim()) {
      setMissed(`Type ${word} to go on.`);
      return;
    }
    onConfirm();
  };
  return html`
    <${Dialog} title=${title} onClose=${onClose} keep=${busy}>
      <form onSubmit=${submit} noValidate>
        ${children}
        ${word !== undefined && html`<${TextField} label=${wordLabel} value=${typed} onInput=${setTyped} fault=${missed} focus autocomplete="off" />`}
        <${ErrorNote} error=${error} />
        <div class="actions">
          <button type="button" onClick=${onClose} disabled=${busy}>Cancel</button>
          <button class=${danger ? "danger" : "primary"} aria-busy=${busy}>${busy ? "Working …" : action}</button>
        </div>
      </form>
    <//>
  `;
}
