/** Form fields: a label, what helps, and what is wrong with the value, tied together for screen readers. */

import { html, useEffect, useRef, useState } from "../view.js";

let ids = 0;

/** An id of the component's own. */
export function useId() {
  const [id] = useState(() => `f${++ids}`);
  return id;
}

/**
 * @param {{label: any, value: string, onInput: (value: string) => void, fault?: string, help?: any, type?: string,
 *   focus?: boolean, required?: boolean, maxlength?: number, inputmode?: string, disabled?: boolean, placeholder?: string,
 *   autocomplete?: string, class?: string}} props
 */
export function TextField({ label, value, onInput, fault = "", help, focus = false, ...rest }) {
  const id = useId();
  const input = useRef(/** @type {HTMLInputElement | null} */ (null));
  useEffect(() => {
    if (focus) input.current?.focus();
  }, []);
  useEffect(() => {
    if (fault) input.current?.focus();
  }, [fault]);
  const told = [fault && `${id}-fault`, help && `${id}-help`].filter(Boolean).join(" ");
  return html`
    <div class="field">
      <label for=${id}>${label}</label>
      <input id=${id} ref=${input} type="text" value=${value} aria-invalid=${fault ? "true" : undefined}
        aria-describedby=${told || undefined} spellcheck=${false} autocomplete="off"
        onInput=${(/** @type {any} */ event) => onInput(event.target.value)} ...${rest} />
      <${Fault} id=${id} fault=${fault} />
      ${help && html`<p class="help" id=${`${id}-help`}>${help}</p>`}
    </div>
  `;
}

/** @param {{id: string, fault: string}} props */
export function Fault({ id, fault }) {
  return fault ? html`<p class="fault" id=${`${id}-fault`}>${capital(fault)}</p>` : null;
}

/** @param {string} text */
const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);

/**
 * @param {{label: string, value: string, onChange: (value: string) => void, options: [string, string][],
 *   hideLabel?: boolean, disabled?: boolean}} props
 */
export function Select({ label, value, onChange, options, hideLabel = false, disabled = false }) {
  const id = useId();
  return html`
    <div class="field">
      <label for=${id} class=${hideLabel ? "unseen" : ""}>${label}</label>
      <select id=${id} value=${value} disabled=${disabled} onChange=${(/** @type {any} */ event) => onChange(event.target.value)}>
        ${options.map(([key, text]) => html`<option key=${key} value=${key} selected=${key === value}>${text}</option>`)}
      </select>
    </div>
  `;
}

/**
 * A few choices of which one holds, as a row of buttons that are radio buttons underneath.
 * @param {{legend: string, value: string, onChange: (value: string) => void, options: [string, string][]}} props
 */
export function Segments({ legend, value, onChange, options }) {
  const name = useId();
  return html`
    <fieldset class="segments">
      <legend class="unseen">${legend}</legend>
      ${options.map(
        ([key, text]) => html`
          <label key=${key}>
            <input type="radio" name=${name} value=${key} checked=${key === value} onChange=${() => onChange(key)} />
            <span>${text}</span>
          </label>
        `,
      )}
    </fieldset>
  `;
}
