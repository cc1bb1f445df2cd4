/** What a key was used for, in a window of time that one chooses; new requests show within seconds. */

import { get } from "../api.js";
import { requests } from "../format.js";
import { usePlace } from "../place.js";
import { useResource } from "../resource.js";
import { html, useState } from "../view.js";
import { UsageChart } from "./chart.js";
import { LoadError } from "./errors.js";
import { Segments } from "./field.js";
import { Skeleton } from "./state.js";

/** @type {[UsageWindow, string][]} */
export const WINDOWS = [
  ["24h", "24 hours"],
  ["7d", "7 days"],
  ["30d", "30 days"],
  ["12m", "12 months"],
];

/** @param {{key_: ApiKey}} props */
export function KeyUse({ key_ }) {
  const { workspace } = usePlace();
  const [window, setWindow] = useState(/** @type {UsageWindow} */ ("24h"));
  const load = async () => /** @type {UseOfKey} */ ((await get(`api-keys/${key_.id}/usage`, { workspace: workspace.id, query: { window } })).data);
  const usage = useResource(load, [key_.id, window], { everyMs: window === "24h" ? 3000 : 30_000 });
  return html`
    <section class="card" aria-label="Requests">
      <div class="head">
        <h2>Requests</h2>
        <${Segments} legend="Time" value=${window} onChange=${setWindow} options=${WINDOWS} />
      </div>
      ${usage.error && html`<${LoadError} error=${usage.error} retry=${usage.reload} />`}
      ${!usage.data && !usage.error && html`<${Skeleton} rows=${4} what="Loading use" />`}
      ${usage.data && html`<${UsageChart} usage=${usage.data} label=${`Requests with this key, ${WINDOWS.find(([key]) => key === window)?.[1]}`} />`}
      ${usage.data && requests(usage.data.totals) === 0 && html`<p class="quiet">No requests in this time. New ones show here within some seconds.</p>`}
    </section>
  `;
}
