/** The audit log: what people, the server and the operator did, newest first; filters, and the whole of it as CSV. */

import { get } from "../api.js";
import { counted } from "../format.js";
import { csv } from "../csv.js";
import { ACTIONS, EventList, actorOf } from "../parts/events.js";
import { LoadError } from "../parts/errors.js";
import { Select } from "../parts/field.js";
import { Page } from "../parts/page.js";
import { Empty, Skeleton } from "../parts/state.js";
import { say } from "../parts/toast.js";
import { usePlace } from "../place.js";
import { asApiError, useAction, useResource } from "../resource.js";
import { go } from "../router.js";
import { html, useEffect, useState } from "../view.js";

const PAGE = 50;
const MOST_EXPORTED = 10_000;
const OFFERED = ["api_key.created", "api_key.updated", "api_key.paused", "api_key.resumed", "api_key.rotated", "api_key.revoked", "api_key.expired", "workspace.created", "workspace.updated", "member.joined", "member.role_changed", "member.removed", "invite.created", "invite.revoked", "invite.accepted", "user.created"];

/** @param {{route: import("../router.js").Route}} props */
export function AuditPage({ route }) {
  const { workspace } = usePlace();
  const action = route.query.get("action") ?? "";
  const target = route.query.get("target") ?? "";
  const asked = { action, target_id: target, limit: PAGE };
  const first = useResource(() => get("usage/activity", { workspace: workspace.id, query: asked }), [workspace.id, action, target], { everyMs: 30_000 });
  const [older, setOlder] = useState(/** @type {{events: ActivityEvent[], cursor: string | null} | null} */ (null));
  const more = useAction();
  useEffect(() => setOlder(null), [workspace.id, action, target]);
  const filter = (/** @type {Record<string, string>} */ wanted) => {
    const query = new URLSearchParams(Object.entries({ action, target, ...wanted }).filter(([, value]) => value));
    go(`#/${workspace.slug}/audit${query.size > 0 ? `?${query}` : ""}`, { replace: true });
  };
  /** @type {ActivityEvent[]} */
  const newest = first.data?.data ?? [];
  const known = new Set(newest.map((event) => event.id));
  const events = [...newest, ...(older?.events ?? []).filter((event) => !known.has(event.id))];
  const cursor = older ? older.cursor : (first.data?.pagination.cursor ?? null);
  const readOn = () =>
    more.run(async () => {
      const next = await get("usage/activity", { workspace: workspace.id, query: { ...asked, cursor } });
      // Kept from here on: what the first page pushes out while it is looked at must not get lost.
      setOlder({ events: [...events, ...next.data], cursor: next.pagination.cursor ?? null });
    });
  return html`
    <${Page} title="Audit log" where=${workspace.name} about="Every change, who made it, and the request that did it. It can't be edited."
      actions=${html`<${Export} action=${action} target=${target} />`}>
      <div class="filters">
        <${Select} label="What happened" hideLabel value=${action} onChange=${(/** @type {string} */ value) => filter({ action: value })}
          options=${[["", "Everything"], ...OFFERED.map((name) => [name, sentence(ACTIONS[name] ?? name)])]} />
        ${target && html`<p class="row">Only about <code class="cut">${target}</code> <button type="button" class="small" onClick=${() => filter({ target: "" })}>Show all</button></p>`}
      </div>
      ${first.error && html`<${LoadError} error=${first.error} retry=${first.reload} />`}
      ${!first.data && !first.error && html`<${Skeleton} rows=${8} what="Loading events" />`}
      ${first.data && (events.length === 0 ? html`<${Empty} title="Nothing happened yet"><p>Nothing here matches. Whatever is created, changed or revoked from now on shows up.</p><//>` : html`<${EventList} events=${events} />`)}
      ${more.error && html`<${LoadError} error=${more.error} retry=${readOn} />`}
      ${cursor && html`<p class="actions center"><button type="button" aria-busy=${more.busy} onClick=${readOn}>${more.busy ? "Loading …" : "Show older events"}</button></p>`}
    <//>
  `;
}

/** @param {string} text */
const sentence = (text) => text.charAt(0).toUpperCase() + text.slice(1);

/** @param {{action: string, target: string}} props */
function Export({ action, target }) {
  const { workspace, userId } = usePlace();
  const { busy, run } = useAction();
  const save = () =>
    run(async () => {
      try {
        const { events, whole } = await readAllEvents(workspace.id, { action, target_id: target });
        const rows = events.map((event) => [
          event.timestamp, event.action, event.actor_kind, event.user?.id ?? "", event.user ? event.user.name : actorOf(event, userId),
          event.resource.type, event.resource.id ?? "", event.resource.name ?? "", JSON.stringify(event.metadata), event.request_id ?? "",
        ]);
        csv(`${workspace.slug}-audit.csv`, ["time", "action", "actor_kind", "actor_id", "actor", "about", "about_id", "about_name", "details", "request_id"], rows);
        say(whole ? `${counted(events.length, "event")} saved.` : `The newest ${counted(events.length, "event")} saved; there are older ones.`);
      } catch (error) {
        say(asApiError(error).message);
      }
    });
  return html`<button type="button" aria-busy=${busy} onClick=${save}>${busy ? "Collecting …" : "Export CSV"}</button>`;
}

/** @param {string} workspace @param {Record<string, string>} asked */
async function readAllEvents(workspace, asked) {
  /** @type {ActivityEvent[]} */
  const events = [];
  /** @type {string | null | undefined} */
  let cursor = "";
  do {
    const page = await get("usage/activity", { workspace, query: { ...asked, limit: 100, cursor } });
    events.push(...page.data);
    cursor = page.pagination.cursor;
  } while (cursor && events.length < MOST_EXPORTED);
  return { events, whole: !cursor };
}
