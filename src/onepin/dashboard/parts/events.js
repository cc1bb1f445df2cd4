/** Events of the audit log in words. */

import { counted, number } from "../format.js";
import { usePlace } from "../place.js";
import { html } from "../view.js";
import { CopyButton } from "./copy.js";
import { Moment } from "./state.js";

/** @type {Record<string, string>} */
export const ACTIONS = {
  "api_key.created": "created the key",
  "api_key.updated": "changed the key",
  "api_key.paused": "paused the key",
  "api_key.resumed": "resumed the key",
  "api_key.rotated": "rotated the key",
  "api_key.revoked": "revoked the key",
  "api_key.expired": "ended the grace of the key",
  "workspace.created": "created the workspace",
  "workspace.updated": "changed the workspace",
  "workspace.deleted": "deleted the workspace",
  "user.created": "joined onepin",
  "member.joined": "joined the workspace",
  "member.removed": "removed a member",
  "member.role_changed": "changed the role of a member",
  "invite.created": "invited somebody",
  "invite.role_changed": "changed an invitation",
  "invite.revoked": "took back an invitation",
  "invite.accepted": "accepted an invitation",
};

/** Who did it, in words. @param {ActivityEvent} event @param {string} me */
export function actorOf(event, me) {
  if (event.user) return event.user.id === me ? "You" : event.user.name;
  return event.actor_kind === "operator" ? "The operator" : "The server";
}

/** @param {{events: ActivityEvent[]}} props */
export function EventList({ events }) {
  if (events.length === 0) return html`<p class="quiet">Nothing yet.</p>`;
  return html`<ol class="events">${events.map((event) => html`<${Event} key=${event.id} event=${event} />`)}</ol>`;
}

/** @param {{event: ActivityEvent}} props */
function Event({ event }) {
  const { workspace, userId } = usePlace();
  const { resource } = event;
  const text = ACTIONS[event.action] ?? event.action;
  const isKey = resource.type === "api_key" && resource.id;
  return html`
    <li>
      <span class="when"><${Moment} at=${event.timestamp} /></span>
      <div class="what">
        <p><strong>${actorOf(event, userId)}</strong> ${text} ${isKey ? html`<a href=${`#/${workspace.slug}/keys/${resource.id}`}>${resource.name ?? "without a name"}</a>` : resource.type !== "user" && resource.name}</p>
        <${Details} event=${event} />
      </div>
    </li>
  `;
}

/** @param {{event: ActivityEvent}} props */
function Details({ event }) {
  const { workspace } = usePlace();
  const facts = Object.entries(event.metadata);
  if (facts.length === 0 && !event.request_id) return null;
  return html`
    <details>
      <summary>Details</summary>
      <dl class="facts">
        ${facts.map(([name, value]) => html`<dt key=${name}>${name.replaceAll("_", " ")}</dt><dd>${name.endsWith("key_id") || name === "rotated_from" ? html`<a href=${`#/${workspace.slug}/keys/${value}`}>${String(value)}</a>` : inWords(name, value)}</dd>`)}
        ${event.request_id && html`<dt>request</dt><dd><code class="cut">${event.request_id}</code> <${CopyButton} text=${event.request_id} label="Copy request id" small /></dd>`}
      </dl>
    </details>
  `;
}

/** @param {string} name @param {unknown} value @returns {string} */
function inWords(name, value) {
  if (value === null) return name.includes("limit") ? "no limit" : "none";
  if (Array.isArray(value)) return value.join(", ") || "none";
  if (typeof value === "object") {
    const change = /** @type {{from?: unknown, to?: unknown}} */ (value);
    if ("from" in change || "to" in change) return `${inWords(name, change.from)} → ${inWords(name, change.to)}`;
    return JSON.stringify(value);
  }
  if (name === "grace_seconds") return value === 0 ? "none: the old secret ended at once" : counted(Number(value) / 3600, "hour");
  return typeof value === "number" ? number(value) : String(value);
}
