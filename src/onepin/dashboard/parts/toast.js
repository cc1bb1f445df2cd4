/** Short messages about what was done, read out and gone after some seconds; one may offer to undo it. */

import { Store, useStore } from "../store.js";
import { html } from "../view.js";

/** @type {Store<{text: string, undo?: () => void} | null>} */
const message = new Store(/** @type {{text: string, undo?: () => void} | null} */ (null));
let timer = 0;

/** @param {string} text @param {() => void} [undo] */
export function say(text, undo) {
  clearTimeout(timer);
  message.set({ text, undo });
  timer = setTimeout(() => message.set(null), undo ? 10_000 : 5_000);
}

export function Toasts() {
  const shown = useStore(message);
  const undo = () => {
    message.set(null);
    shown?.undo?.();
  };
  return html`
    <div class="toasts" role="status">
      ${shown && html`<div class="toast"><span>${shown.text}</span>${shown.undo && html`<button type="button" class="small" onClick=${undo}>Undo</button>`}</div>`}
    </div>
  `;
}
