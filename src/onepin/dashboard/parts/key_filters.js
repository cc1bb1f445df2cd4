/** Search, filters and order of the table of keys. */

import { memberName } from "../format.js";
import { usePlace } from "../place.js";
import { html } from "../view.js";
import { Select, useId } from "./field.js";

/** @param {{filters: import("../keys.js").Filters, change: (wanted: Partial<import("../keys.js").Filters>) => void}} props */
export function KeyFilters({ filters, change }) {
  const { grantable, members, userId } = usePlace();
  const id = useId();
  /** @type {[string, string][]} */
  const creators = members.flatMap((one) => (one.user_id ? [/** @type {[string, string]} */ ([one.user_id, one.user_id === userId ? "You" : memberName(one)])] : []));
  return html`
    <div class="filters" role="search">
      <div class="field grow">
        <label for=${id} class="unseen">Search keys by name or preview</label>
        <input id=${id} type="search" placeholder="Search by name or preview" value=${filters.text} autocomplete="off" spellcheck=${false}
          aria-keyshortcuts="/" onInput=${(/** @type {any} */ event) => change({ text: event.target.value })} />
      </div>
      <${Select} hideLabel label="State" value=${filters.state} onChange=${(/** @type {string} */ state) => change({ state })}
        options=${[["all", "All states"], ["active", "Active"], ["grace", "In grace"], ["paused", "Paused"], ["revoked", "Revoked"]]} />
      <${Select} hideLabel label="Scope" value=${filters.scope} onChange=${(/** @type {string} */ scope) => change({ scope })}
        options=${[["", "Any scope"], ...grantable.map((scope) => [scope, scope])]} />
      ${creators.length > 1 && html`<${Select} hideLabel label="Creator" value=${filters.creator} onChange=${(/** @type {string} */ creator) => change({ creator })} options=${[["", "Any creator"], ...creators]} />`}
      <${Select} hideLabel label="Use" value=${filters.unused} onChange=${(/** @type {string} */ unused) => change({ unused })}
        options=${[["", "Used or not"], ["never", "Never used"], ["30", "Unused for 30 days"], ["90", "Unused for 90 days"]]} />
      <${Select} hideLabel label="Order" value=${filters.sort} onChange=${(/** @type {string} */ sort) => change({ sort })}
        options=${[["newest", "Newest first"], ["oldest", "Oldest first"], ["name", "By name"], ["used", "Last used first"], ["unused", "Longest unused first"]]} />
    </div>
  `;
}
