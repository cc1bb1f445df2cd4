/** What went wrong, where it went wrong: beside the field, or above the form, with the request id to copy. */

import { html } from "../view.js";
import { CopyButton } from "./copy.js";

/** @typedef {import("../api.js").ApiError} ApiError */

/** What the API says about one field, or "". @param {ApiError | null} error @param {string} field */
export function faultOf(error, field) {
  return error?.details.find((detail) => detail.field === field || detail.field.startsWith(`${field}.`))?.message ?? "";
}

/** @param {{error: ApiError | null, fields?: string[], retry?: () => void}} props */
export function ErrorNote({ error, fields = [], retry }) {
  if (!error) return null;
  const shown = error.details.length > 0 && error.details.every(({ field }) => fields.includes(field));
  const told = shown ? "Please mend what is marked below." : error.message;
  return html`
    <div class="note bad" role="alert">
      <p>${told}</p>
      ${retry && html`<p><button type="button" class="small" onClick=${retry}>Try again</button></p>`}
      ${error.requestId && html`<${RequestId} id=${error.requestId} />`}
    </div>
  `;
}

/** @param {{id: string}} props */
export function RequestId({ id }) {
  return html`<p class="request">Request <code>${id}</code> <${CopyButton} text=${id} label="Copy request id" small /></p>`;
}

/** In place of data that could not be loaded. @param {{error: ApiError, retry: () => void}} props */
export function LoadError({ error, retry }) {
  const waiting = error.passing ? " Trying again by itself …" : "";
  return html`
    <div class="note bad" role="alert">
      <p>${error.message}${waiting}</p>
      <p><button type="button" class="small" onClick=${retry}>Try again now</button></p>
      ${error.requestId && html`<${RequestId} id=${error.requestId} />`}
    </div>
  `;
}
