/** Small signs: the state of a key, a moment in time, something that is still loading, nothing there. */

import { STATE_NAMES, ago, exactly, stateOf } from "../format.js";
import { html, useEffect, useState } from "../view.js";

/** @param {{key_: ApiKey}} props */
export function StateBadge({ key_ }) {
  const state = stateOf(key_);
  const until = state === "grace" && key_.expires_at ? html` <span class="quiet">ends ${ago(key_.expires_at)}</span>` : null;
  return html`<span class=${`badge ${state}`}>${STATE_NAMES[state]}</span>${until}`;
}

/** How long ago; the exact time on hover and to screen readers. @param {{at: string | null, never?: string}} props */
export function Moment({ at, never = "Never" }) {
  const [, again] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => again((n) => n + 1), 30_000);
    return () => clearInterval(timer);
  }, []);
  if (!at) return html`<span class="quiet">${never}</span>`;
  return html`<time datetime=${at} title=${exactly(at)}>${ago(at)}</time>`;
}

/** @param {{rows?: number, what?: string}} props */
export function Skeleton({ rows = 5, what = "Loading" }) {
  return html`
    <div class="skeleton" aria-busy="true">
      <span class="unseen">${what} …</span>
      ${Array.from({ length: rows }, (_, row) => html`<div key=${row} class="bone" aria-hidden="true"></div>`)}
    </div>
  `;
}

/** @param {{title: string, children?: any}} props */
export function Empty({ title, children }) {
  return html`<div class="empty"><h2>${title}</h2>${children}</div>`;
}

/** @param {{code: string, label: string}} props */
export function Code({ code, label }) {
  return html`<pre tabindex="0" role="region" aria-label=${label}><code>${code}</code></pre>`;
}

/** @param {{scopes: string[], most?: number}} props */
export function Scopes({ scopes, most = 99 }) {
  if (scopes.length === 0) return html`<span class="quiet">None</span>`;
  const rest = scopes.slice(most);
  return html`
    <span class="scopes">
      ${scopes.slice(0, most).map((scope) => html`<code key=${scope}>${scope}</code>`)}
      ${rest.length > 0 && html`<span class="quiet" title=${rest.join(", ")}>+${rest.length} more</span>`}
    </span>
  `;
}
