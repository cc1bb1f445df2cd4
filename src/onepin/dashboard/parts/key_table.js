/** The rows of keys. Arrow keys go from row to row, Enter opens, the space bar selects. */

import { stateOf } from "../format.js";
import { weekOf } from "../keys.js";
import { creatorName, mayWrite, usePlace } from "../place.js";
import { html, useEffect, useRef, useState } from "../view.js";
import { Sparkline } from "./chart.js";
import { Moment, Scopes, StateBadge } from "./state.js";

/** @param {{keys: ApiKey[], chosen: Set<string>, choose: (chosen: Set<string>) => void}} props */
export function KeyTable({ keys, chosen, choose }) {
  const selectable = mayWrite(usePlace());
  const all = keys.every((key) => chosen.has(key.id));
  const toggle = (/** @type {string} */ id) => {
    const next = new Set(chosen);
    if (!next.delete(id)) next.add(id);
    choose(next);
  };
  const onKey = (/** @type {any} */ event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[/** @type {string} */ (event.key)];
    if (step === undefined || event.target.matches("input:not([type=checkbox]), select")) return;
    const links = [...event.currentTarget.querySelectorAll("tbody .name a")];
    const at = links.findIndex((link) => link.closest("tr").contains(event.target));
    event.preventDefault();
    links[Math.min(links.length - 1, Math.max(0, at + step))]?.focus();
  };
  return html`
    <table class="keys" onKeyDown=${onKey}>
      <caption class="unseen">Keys. The arrow keys go from row to row, Enter opens a key.</caption>
      <thead>
        <tr>
          ${selectable && html`<th class="tick"><input type="checkbox" aria-label="Select all on this page" checked=${all} onChange=${() => choose(all ? new Set() : new Set(keys.map((key) => key.id)))} /></th>`}
          <th scope="col">Name</th>
          <th scope="col">State</th>
          <th scope="col" class="wide">Scopes</th>
          <th scope="col" class="mid">Last used</th>
          <th scope="col" class="mid">7 days</th>
          <th scope="col" class="wide">Creator</th>
        </tr>
      </thead>
      <tbody>
        ${keys.map((key) => html`<${Row} key=${key.id} key_=${key} ticked=${chosen.has(key.id)} toggle=${toggle} selectable=${selectable} />`)}
      </tbody>
    </table>
  `;
}

/** @param {{key_: ApiKey, ticked: boolean, toggle: (id: string) => void, selectable: boolean}} props */
function Row({ key_, ticked, toggle, selectable }) {
  const place = usePlace();
  return html`
    <tr class=${`${stateOf(key_)} ${ticked ? "ticked" : ""}`}>
      ${selectable && html`<td class="tick"><input type="checkbox" aria-label=${`Select ${key_.name}`} checked=${ticked} onChange=${() => toggle(key_.id)} /></td>`}
      <th scope="row" class="name"><a href=${`#/${place.workspace.slug}/keys/${key_.id}`}>${key_.name}</a><code>${key_.preview}…</code></th>
      <td><${StateBadge} key_=${key_} /></td>
      <td class="wide"><${Scopes} scopes=${key_.scopes} most=${1} /></td>
      <td class="mid"><${Moment} at=${key_.last_used_at} /></td>
      <td class="mid"><${Week} key_=${key_} /></td>
      <td class="wide">${creatorName(place, key_.created_by) || html`<span class="quiet">–</span>`}${key_.creator_left && html` <span class="badge left">Creator left</span>`}</td>
    </tr>
  `;
}

/** The sparkline, asked for when its row comes into view. @param {{key_: ApiKey}} props */
function Week({ key_ }) {
  const box = useRef(/** @type {HTMLElement | null} */ (null));
  const [usage, setUsage] = useState(/** @type {UseOfKey | null} */ (null));
  const used = key_.last_used_at !== null;
  useEffect(() => {
    if (!used || !box.current) return;
    const watcher = new IntersectionObserver(([entry]) => {
      if (!entry?.isIntersecting) return;
      watcher.disconnect();
      weekOf(key_).then(setUsage, () => {});
    });
    watcher.observe(box.current);
    return () => watcher.disconnect();
  }, [key_.id, key_.last_used_at]);
  if (!used) return html`<span class="quiet">–</span>`;
  return html`<span ref=${box} class="week">${usage && html`<${Sparkline} series=${usage.series} />`}</span>`;
}
