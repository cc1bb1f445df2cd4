/** One key: its facts, what was done with it, and what can be done to it. */

import { call, get } from "../api.js";
import { exactly, number, stateOf } from "../format.js";
import { KeyActions } from "../parts/key_actions.js";
import { KeyForm, check, limitOf } from "../parts/key_form.js";
import { KeyUse } from "../parts/key_use.js";
import { CopyButton } from "../parts/copy.js";
import { LoadError } from "../parts/errors.js";
import { EventList } from "../parts/events.js";
import { Page } from "../parts/page.js";
import { SecretScreen } from "../parts/secret.js";
import { Snippets } from "../parts/snippets.js";
import { Moment, Scopes, Skeleton, StateBadge } from "../parts/state.js";
import { say } from "../parts/toast.js";
import { creatorName, mayWrite, usePlace } from "../place.js";
import { useAction, useResource } from "../resource.js";
import { go } from "../router.js";
import { forKey } from "../snippets.js";
import { html, useState } from "../view.js";

/** @param {{id: string}} props */
export function KeyPage({ id }) {
  const { workspace } = usePlace();
  const key = useResource(async () => /** @type {ApiKey} */ ((await get(`api-keys/${id}`, { workspace: workspace.id, query: { include: "creator_left" } })).data), [id, workspace.id], { everyMs: 5000 });
  const [made, setMade] = useState(/** @type {ApiKeyCreated | null} */ (null));
  const back = html`<a href=${`#/${workspace.slug}/keys`}>All keys</a>`;
  if (made) {
    return html`
      <${Page} key="secret" title=${`${made.name} has a new secret`} where=${workspace.name}>
        <${SecretScreen} made=${made} about=${html`<p>Put this one wherever the old one was used. It is a key of its own, with the same name, scopes and limit.</p>`}
          onStored=${() => go(`#/${workspace.slug}/keys/${made.id}`)} onGone=${() => setMade(null)} />
      <//>
    `;
  }
  if (!key.data) {
    const missing = key.error?.code === "NOT_FOUND" || key.error?.code === "VALIDATION_ERROR";
    if (missing) return html`<${Page} title="There is no such key" where=${workspace.name}><p>It may be in another workspace. ${back}</p><//>`;
    return html`<${Page} title="Key" where=${workspace.name}>${key.error ? html`<${LoadError} error=${key.error} retry=${key.reload} />` : html`<${Skeleton} rows=${6} what="Loading the key" />`}<//>`;
  }
  return html`<${Shown} key_=${key.data} set=${key.set} reload=${key.reload} error=${key.error} rotated=${setMade} />`;
}

/** @param {{key_: ApiKey, set: (key: ApiKey) => void, reload: () => void, error: import("../api.js").ApiError | null, rotated: (made: ApiKeyCreated) => void}} props */
function Shown({ key_, set, reload, error, rotated }) {
  const place = usePlace();
  // Not ended by what others do to the key meanwhile: what was typed stays, and saving says what is wrong.
  const [editing, setEditing] = useState(false);
  const [turn, setTurn] = useState(0);
  const changed = (/** @type {ApiKey} */ key) => {
    set({ ...key, creator_left: key_.creator_left });
    setTurn((n) => n + 1);
  };
  const state = stateOf(key_);
  const editable = mayWrite(place) && (state === "active" || state === "paused");
  const actions = mayWrite(place) && state !== "revoked" && html`<${KeyActions} key_=${key_} changed=${changed} rotated=${rotated} />`;
  return html`
    <p class="crumb"><a href=${`#/${place.workspace.slug}/keys`}>Keys</a></p>
    <${Page} title=${key_.name} where=${place.workspace.name} about=${html`<${StateBadge} key_=${key_} /> <code>${key_.preview}…</code>`} actions=${actions}>
      ${error && html`<${LoadError} error=${error} retry=${reload} />`}
      ${state === "grace" && html`<${GraceNote} key_=${key_} />`}
      <section class="card" aria-label="Facts">
        ${editing
          ? html`<${Edit} key_=${key_} close=${() => setEditing(false)} changed=${changed} />`
          : html`<${Facts} key_=${key_} edit=${editable ? () => setEditing(true) : null} />`}
      </section>
      <${KeyUse} key_=${key_} />
      <section class="card" aria-label="What happened">
        <h2>What happened</h2>
        <${KeyEvents} id=${key_.id} turn=${turn} />
      </section>
      ${state !== "revoked" && html`
        <section class="card" aria-label="How to use it">
          <h2>How to use it</h2>
          <p class="quiet">The secret was shown once, when the key was made. Lost it? Rotate the key.</p>
          <${Snippets} snippets=${forKey(place.workspace.id)} />
        </section>
      `}
    <//>
  `;
}

/** @param {{key_: ApiKey, edit: (() => void) | null}} props */
function Facts({ key_, edit }) {
  const place = usePlace();
  return html`
    <div class="head"><h2>Facts</h2>${edit && html`<button type="button" class="small" onClick=${edit}>Edit</button>`}</div>
    <dl class="facts">
      <dt>Scopes</dt><dd><${Scopes} scopes=${key_.scopes} /></dd>
      <dt>Rate limit</dt><dd>${key_.rate_limit_per_min === null ? html`No limit <span class="badge risk">one stuck program can take all</span>` : `${number(key_.rate_limit_per_min)} per minute`}</dd>
      <dt>Last used</dt><dd><${Moment} at=${key_.last_used_at} /></dd>
      <dt>Created</dt><dd><time datetime=${key_.created_at}>${exactly(key_.created_at)}</time>${creatorName(place, key_.created_by) && ` by ${creatorName(place, key_.created_by).replace(/^You$/, "you")}`} ${key_.creator_left && html`<span class="badge left">Creator left</span>`}</dd>
      ${key_.revoked_at && html`<dt>Revoked</dt><dd><time datetime=${key_.revoked_at}>${exactly(key_.revoked_at)}</time></dd>`}
      <dt>Id</dt><dd><code class="cut">${key_.id}</code> <${CopyButton} text=${key_.id} label="Copy id" small /></dd>
    </dl>
  `;
}

/** @param {{key_: ApiKey, close: () => void, changed: (key: ApiKey) => void}} props */
function Edit({ key_, close, changed }) {
  const { workspace, grantable } = usePlace();
  const [values, setValues] = useState({
    name: key_.name,
    scopes: key_.scopes,
    limit: String(key_.rate_limit_per_min ?? 1000),
    limited: key_.rate_limit_per_min !== null,
  });
  const [faults, setFaults] = useState({ name: "", limit: "" });
  const { busy, error, run } = useAction();
  const submit = () => {
    const wrong = check(values);
    setFaults(wrong);
    if (wrong.name || wrong.limit) return;
    run(async () => {
      /** @type {Record<string, unknown>} */
      const body = {};
      if (values.name !== key_.name) body.name = values.name;
      if (values.scopes.join() !== key_.scopes.join()) body.scopes = values.scopes;
      if (limitOf(values) !== key_.rate_limit_per_min) body.rate_limit_per_min = limitOf(values);
      if (Object.keys(body).length > 0) {
        changed((await call("PATCH", `api-keys/${key_.id}`, { workspace: workspace.id, body })).data);
        say("Saved. It holds from the next request on.");
      }
      close();
    });
  };
  return html`
    <h2>Edit</h2>
    <${KeyForm} values=${values} change=${(/** @type {Partial<typeof values>} */ wanted) => setValues((before) => ({ ...before, ...wanted }))} grantable=${grantable}
      faults=${faults} error=${error} busy=${busy} action="Save" onSubmit=${submit} cancel=${html`<button type="button" onClick=${close}>Cancel</button>`} />
  `;
}

/** Who still uses a key that was rotated, and what comes after it. @param {{key_: ApiKey}} props */
function GraceNote({ key_ }) {
  const { workspace } = usePlace();
  const events = useResource(() => get("usage/activity", { workspace: workspace.id, query: { action: "api_key.rotated", target_id: key_.id, limit: 1 } }), [key_.id]);
  /** @type {ActivityEvent | undefined} */
  const rotation = events.data?.data[0];
  const replaced = rotation?.metadata.new_key_id;
  const since = rotation && key_.last_used_at && key_.last_used_at > rotation.timestamp;
  return html`
    <div class="note warn">
      <p><strong>This key was rotated</strong> and works until <time datetime=${key_.expires_at}>${exactly(key_.expires_at ?? "")}</time>.
        ${replaced && html` <a href=${`#/${workspace.slug}/keys/${replaced}`}>Open its successor</a>.`}</p>
      ${rotation && html`<p role="status">${since ? html`Somebody still uses it: last request <${Moment} at=${key_.last_used_at} />. Both share one rate limit.` : "Nobody has used it since the rotation: it is safe to revoke it now."}</p>`}
    </div>
  `;
}

/** @param {{id: string, turn: number}} props */
function KeyEvents({ id, turn }) {
  const { workspace } = usePlace();
  const events = useResource(() => get("usage/activity", { workspace: workspace.id, query: { target_id: id, limit: 20 } }), [id, turn]);
  if (events.error) return html`<${LoadError} error=${events.error} retry=${events.reload} />`;
  if (!events.data) return html`<${Skeleton} rows=${3} what="Loading events" />`;
  return html`
    <${EventList} events=${events.data.data} />
    ${events.data.pagination.next && html`<p><a href=${`#/${workspace.slug}/audit?target=${id}`}>All of it in the audit log</a></p>`}
  `;
}
