/** A page: its title in the document and as a heading, which takes the focus when one comes from another page. */

import { html, useEffect, useRef } from "../view.js";

let pages = 0;

/** @param {{title: string, where?: string, about?: any, actions?: any, children?: any}} props */
export function Page({ title, where = "", about, actions, children }) {
  const heading = useRef(/** @type {HTMLElement | null} */ (null));
  useEffect(() => {
    document.title = [title, where, "onepin"].filter(Boolean).join(" · ");
  }, [title, where]);
  useEffect(() => {
    pages += 1;
    if (pages > 1 && !document.querySelector("dialog[open]")) heading.current?.focus({ preventScroll: true });
    window.scrollTo(0, 0);
  }, []);
  return html`
    <div class="head">
      <div>
        <h1 ref=${heading} tabindex="-1">${title}</h1>
        ${about && html`<p class="quiet">${about}</p>`}
      </div>
      ${actions && html`<div class="actions">${actions}</div>`}
    </div>
    ${children}
  `;
}
