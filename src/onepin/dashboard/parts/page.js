/** A page: its title in the document and as a heading, which takes the focus when one comes from another page. */

import { movesSoFar } from "../router.js";
import { html, useEffect, useRef } from "../view.js";

let seen = 0;

/** @param {{title: string, where?: string, about?: any, actions?: any, children?: any}} props */
export function Page({ title, where = "", about, actions, children }) {
  const heading = useRef(/** @type {HTMLElement | null} */ (null));
  useEffect(() => {
    document.title = [title, where, "onepin"].filter(Boolean).join(" · ");
  }, [title, where]);
  useEffect(() => {
    const moved = movesSoFar() > seen;
    const typing = document.activeElement?.matches("main input, dialog *");
    if ((moved || (seen > 0 && document.activeElement === document.body)) && !typing) heading.current?.focus({ preventScroll: true });
    if (moved) window.scrollTo(0, 0);
    seen = movesSoFar();
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
