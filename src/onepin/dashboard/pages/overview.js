/** The workspace at a glance: requests, the busiest keys, refusals, and keys that want attention. */

import { get } from "../api.js";
import { counted, number, refused, requests, stateOf } from "../format.js";
import { SEARCHED_AT_ONCE, readMany, unusedFor } from "../keys.js";
import { Legend } from "../parts/chart.js";
import { LoadError } from "../parts/errors.js";
import { Segments } from "../parts/field.js";
import { WINDOWS } from "../parts/key_use.js";
import { Page } from "../parts/page.js";
import { Moment, Skeleton } from "../parts/state.js";
import { usePlace } from "../place.js";
import { useResource } from "../resource.js";
import { html, useState } from "../view.js";

const SHOWN = 5;

export function OverviewPage() {
  const { workspace } = usePlace();
  const [window, setWindow] = useState(/** @type {UsageWindow} */ ("24h"));
  const load = async () => /** @type {UsageSummary} */ ((await get("usage/summary", { workspace: workspace.id, query: { window } })).data);
  const summary = useResource(load, [workspace.id, window], { everyMs: 5000 });
  const { data } = summary;
  return html`
    <${Page} title="Overview" where=${workspace.name} actions=${html`<${Segments} legend="Time" value=${window} onChange=${setWindow} options=${WINDOWS} />`}>
      ${summary.error && html`<${LoadError} error=${summary.error} retry=${summary.reload} />`}
      ${!data && !summary.error && html`<${Skeleton} rows=${6} what="Loading use" />`}
      ${data && html`
        <section class="card" aria-label="Requests">
          <h2>Requests</h2>
          <p class="figure">${number(requests(data.totals))} <span class="quiet">with ${counted(data.keys_used, "key")}</span></p>
          <${Share} totals=${data.totals} />
          <${Legend} totals=${data.totals} />
        </section>
        <div class="pair">
          <${Ranking} title="Most used keys" keys=${data.top_keys} count=${requests} none="No key was used in this time." />
          <${Ranking} title="Most refused keys" keys=${data.refusals} count=${refused} none="Nothing was refused in this time." bad />
        </div>
      `}
      <${Attention} />
    <//>
  `;
}

/** @param {{totals: Counts}} props */
function Share({ totals }) {
  const all = requests(totals);
  if (all === 0) return null;
  let from = 0;
  return html`
    <svg class="share" viewBox="0 0 1000 10" preserveAspectRatio="none" aria-hidden="true">
      ${/** @type {Outcome[]} */ (["ok", "rate_limited", "insufficient_scope"]).map((key) => {
        const width = (totals[key] / all) * 1000;
        from += width;
        return html`<rect key=${key} class=${key} x=${from - width} y="0" width=${width} height="10" />`;
      })}
    </svg>
  `;
}

/** @param {{title: string, keys: UsedKey[], count: (key: UsedKey) => number, none: string, bad?: boolean}} props */
function Ranking({ title, keys, count, none, bad = false }) {
  const { workspace } = usePlace();
  const most = Math.max(1, ...keys.map(count));
  return html`
    <section class="card" aria-label=${title}>
      <h2>${title}</h2>
      ${keys.length === 0 ? html`<p class="quiet">${none}</p>` : html`
        <ol class="ranking">
          ${keys.map((key) => html`
            <li key=${key.api_key_id}>
              <a class="cut" href=${`#/${workspace.slug}/keys/${key.api_key_id}`}>${key.name}</a> <span>${number(count(key))}</span>
              <svg viewBox="0 0 100 2" preserveAspectRatio="none" aria-hidden="true"><rect class=${bad ? "rate_limited" : "ok"} width=${(count(key) / most) * 100} height="2" /></svg>
            </li>
          `)}
        </ol>
      `}
    </section>
  `;
}

/** @type {[string, string, (key: ApiKey) => boolean][]} */
const REASONS = [
  ["In grace after a rotation", "Change over to the new secret before the old one ends.", (key) => stateOf(key) === "grace"],
  ["Their creator left", "They may still have the secret: rotate what they may know.", (key) => key.creator_left === true],
  ["No rate limit", "One stuck program can take all you have.", (key) => key.rate_limit_per_min === null],
  ["Unused for 90 days", "What nobody uses can only leak: revoke it.", (key) => key.last_used_at !== null && unusedFor(key, "90")],
  ["Never used, made over a day ago", "Did its owner ever get it?", (key) => key.last_used_at === null && Date.parse(key.created_at) < Date.now() - 86_400_000],
];

function Attention() {
  const { workspace } = usePlace();
  const found = useResource(() => readActive(workspace.id), [workspace.id]);
  const groups = REASONS.map(([name, why, applies]) => ({ name, why, keys: (found.data?.keys ?? []).filter((key) => applies(key)) })).filter(({ keys }) => keys.length > 0);
  const rest = (found.data?.total ?? 0) - (found.data?.keys.length ?? 0);
  return html`
    <section class="card" aria-label="Keys that want attention">
      <h2>Keys that want attention</h2>
      ${found.error && html`<${LoadError} error=${found.error} retry=${found.reload} />`}
      ${!found.data && !found.error && html`<${Skeleton} rows=${3} what="Looking at keys" />`}
      ${found.data && groups.length === 0 && html`<p>None: every usable key that was looked at has a limit and is in use.</p>`}
      ${groups.map(({ name, why, keys }) => html`
        <div key=${name} class="reason">
          <h3>${name} <span class="count">${number(keys.length)}</span></h3>
          <p class="quiet">${why}</p>
          <ul class="names">
            ${keys.slice(0, SHOWN).map((key) => html`<li key=${key.id}><a class="cut" href=${`#/${workspace.slug}/keys/${key.id}`}>${key.name}</a> <span class="quiet">last used <${Moment} at=${key.last_used_at} never="never" /></span></li>`)}
            ${keys.length > SHOWN && html`<li class="quiet">and ${number(keys.length - SHOWN)} more</li>`}
          </ul>
        </div>
      `)}
      ${rest > 0 && html`<p class="quiet">Looked at the newest ${counted(found.data?.keys.length ?? 0, "usable key")}; ${counted(rest, "older one")} not.</p>`}
    </section>
  `;
}

/** @param {string} workspace */
async function readActive(workspace) {
  let last = { keys: /** @type {ApiKey[]} */ ([]), total: 0 };
  await readMany(workspace, "active", SEARCHED_AT_ONCE, (found) => {
    last = found;
    return true;
  });
  return last;
}
