/** The people of a workspace: who is in it, with which role; inviting, and ending a membership. */

import { call } from "../api.js";
import { memberName } from "../format.js";
import { CopyButton } from "../parts/copy.js";
import { Confirm, Dialog } from "../parts/dialog.js";
import { ErrorNote, LoadError, faultOf } from "../parts/errors.js";
import { Select, TextField } from "../parts/field.js";
import { Page } from "../parts/page.js";
import { Moment, Skeleton } from "../parts/state.js";
import { say } from "../parts/toast.js";
import { readMembers, usePlace } from "../place.js";
import { useAction, useResource } from "../resource.js";
import { html, useState } from "../view.js";

/** @type {[Role, string][]} */
const ROLES = [
  ["viewer", "Viewer: sees keys and use"],
  ["editor", "Editor: makes and changes keys"],
  ["admin", "Admin: that, and people and settings"],
];
const NAMES = { viewer: "Viewer", editor: "Editor", admin: "Admin" };

/** @param {{reload: () => void}} props `reload`: what the rest of the dashboard knows of the workspace */
export function MembersPage({ reload }) {
  const { workspace, role } = usePlace();
  const people = useResource(() => readMembers(workspace.id), [workspace.id], { everyMs: 30_000 });
  const [inviting, setInviting] = useState(false);
  const [removing, setRemoving] = useState(/** @type {Member | null} */ (null));
  const changed = () => {
    people.reload();
    reload();
  };
  const admin = role === "admin";
  const action = admin && html`<button type="button" class="primary" onClick=${() => setInviting(true)}>Invite</button>`;
  return html`
    <${Page} title="Members" where=${workspace.name} actions=${action} about=${admin ? "" : "Admins invite and remove people."}>
      ${people.error && html`<${LoadError} error=${people.error} retry=${people.reload} />`}
      ${!people.data && !people.error && html`<${Skeleton} rows=${4} what="Loading members" />`}
      ${people.data && html`
        <table class="members">
          <caption class="unseen">Members and invitations</caption>
          <thead><tr><th scope="col">Person</th><th scope="col">Role</th><th scope="col" class="mid">Last active</th></tr></thead>
          <tbody>${people.data.map((member) => html`<${Row} key=${member.id} member=${member} admin=${admin} changed=${changed} remove=${setRemoving} />`)}</tbody>
        </table>
        ${people.data.length === 1 && admin && html`<p class="quiet">You are alone here. Invite those who should see or make keys: you get a link to send.</p>`}
      `}
      ${inviting && html`<${InviteDialog} close=${() => setInviting(false)} changed=${changed} />`}
      ${removing && html`<${RemoveDialog} member=${removing} close=${() => setRemoving(null)} changed=${changed} />`}
    <//>
  `;
}

/** @param {Member} member */
const pathOf = (member) => `${member.status === "invited" ? "invites" : "members"}/${member.id}`;

/** @param {{member: Member, admin: boolean, changed: () => void, remove: (member: Member) => void}} props */
function Row({ member, admin, changed, remove }) {
  const { workspace, userId } = usePlace();
  const { busy, error, run } = useAction();
  const me = member.user_id === userId;
  const owner = member.user_id !== null && member.user_id === workspace.created_by;
  const invited = member.status === "invited";
  const name = memberName(member);
  const setRole = (/** @type {string} */ role) =>
    run(async () => {
      await call("PATCH", `workspaces/${workspace.id}/${pathOf(member)}`, { body: { role } });
      say(`${name}: ${NAMES[/** @type {Role} */ (role)]}.`);
      changed();
    });
  return html`
    <tr>
      <th scope="row"><strong>${name}</strong>${me && " (you)"} ${owner && html`<span class="badge">Owner</span>`} ${invited && html`<span class="badge grace">Invited</span>`}
        ${name !== member.email && member.email && html`<br /><span class="quiet">${member.email}</span>`}</th>
      <td>
        ${admin && !owner ? html`
          <div class="row">
            <${Select} hideLabel label=${`Role of ${name}`} value=${member.role} onChange=${setRole} disabled=${busy} options=${ROLES.map(([role]) => [role, NAMES[role]])} />
            <button type="button" class="small" aria-label=${invited ? `Take back the invitation of ${name}` : `Remove ${name}`} onClick=${() => remove(member)}>${invited ? "Take back" : "Remove"}</button>
          </div>
        ` : NAMES[member.role]}
        <${ErrorNote} error=${error} />
      </td>
      <td class="mid">${invited ? html`<span class="quiet">Not here yet</span>` : html`<${Moment} at=${member.last_active_at} never="–" />`}</td>
    </tr>
  `;
}

/** @param {{close: () => void, changed: () => void}} props */
function InviteDialog({ close, changed }) {
  const { workspace } = usePlace();
  const [email, setEmail] = useState("");
  const [role, setRole] = useState("editor");
  const [missing, setMissing] = useState("");
  const [made, setMade] = useState(/** @type {InviteCreated | null} */ (null));
  const { busy, error, run } = useAction();
  const submit = (/** @type {Event} */ event) => {
    event.preventDefault();
    setMissing(email.includes("@") ? "" : "An e-mail address such as ann@example.com.");
    if (!email.includes("@")) return;
    run(async () => {
      setMade((await call("POST", `workspaces/${workspace.id}/invites`, { body: { email, role } })).data);
      changed();
    });
  };
  if (made) {
    return html`
      <${Dialog} title="Send this link" onClose=${close} key="link">
        <p>We send no mail: give the link to <strong>${made.email}</strong> yourself. It works once, until <${Moment} at=${made.expires_at} /> (14 days), and for that address alone. You see it once.</p>
        <pre tabindex="0" role="region" aria-label="Invitation link"><code>${made.link}</code></pre>
        <div class="actions"><${CopyButton} text=${made.link} label="Copy link" primary /><button type="button" onClick=${close}>Done</button></div>
      <//>
    `;
  }
  return html`
    <${Dialog} title=${`Invite to ${workspace.name}`} onClose=${close} keep=${busy} key="form">
      <form onSubmit=${submit} noValidate>
        <${ErrorNote} error=${error} fields=${["email"]} />
        <${TextField} label="E-mail address" type="email" value=${email} onInput=${setEmail} fault=${missing || faultOf(error, "email")} focus help="They sign in with this address to accept." />
        <${Select} label="Role" value=${role} onChange=${setRole} options=${ROLES} />
        <div class="actions"><button type="button" onClick=${close} disabled=${busy}>Cancel</button><button class="primary" aria-busy=${busy}>${busy ? "Inviting …" : "Make invitation"}</button></div>
      </form>
    <//>
  `;
}

/** @param {{member: Member, close: () => void, changed: () => void}} props */
function RemoveDialog({ member, close, changed }) {
  const { workspace } = usePlace();
  const { busy, error, run } = useAction();
  const invited = member.status === "invited";
  const name = memberName(member);
  const remove = () =>
    run(async () => {
      await call("DELETE", `workspaces/${workspace.id}/${pathOf(member)}`);
      say(invited ? `The invitation of ${name} is worthless now.` : `${name} is out.`);
      close();
      changed();
    });
  return html`
    <${Confirm} title=${invited ? `Take back the invitation of ${name}?` : `Remove ${name}?`} action=${invited ? "Take back" : "Remove"} busy=${busy} error=${error} onConfirm=${remove} onClose=${close}>
      <p>${invited ? "The link stops working at once." : "They lose access with their next request. The keys they made stay and keep working, marked “Creator left”: rotate those whose secret they may know."}</p>
    <//>
  `;
}
