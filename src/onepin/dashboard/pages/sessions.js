/** The devices that are signed in as the person: programs and command lines, each of which can be ended. */

import { about, docs } from "../about.js";
import { ApiError, call, get } from "../api.js";
import { exactly } from "../format.js";
import { CopyButton } from "../parts/copy.js";
import { Confirm } from "../parts/dialog.js";
import { LoadError } from "../parts/errors.js";
import { Page } from "../parts/page.js";
import { Code, Empty, Moment, Skeleton } from "../parts/state.js";
import { say } from "../parts/toast.js";
import { useAction, useResource } from "../resource.js";
import { html, useState } from "../view.js";

export function SessionsPage() {
  const sessions = useResource(readSessions, [], { everyMs: 10_000 });
  const [ending, setEnding] = useState(/** @type {Session | null} */ (null));
  const action = html`<a class="button" href="#/device">Approve a device</a>`;
  return html`
    <${Page} title="Sessions" actions=${action} about="Devices and command lines that act as you, in all your workspaces. This browser is not among them.">
      ${sessions.error && html`<${LoadError} error=${sessions.error} retry=${sessions.reload} />`}
      ${!sessions.data && !sessions.error && html`<${Skeleton} rows=${3} what="Loading sessions" />`}
      ${sessions.data && (sessions.data.length ? html`<${Table} sessions=${sessions.data} end=${setEnding} />` : html`<${None} />`)}
      ${ending && html`<${EndDialog} session=${ending} close=${() => setEnding(null)} changed=${sessions.reload} />`}
    <//>
  `;
}

/** @returns {Promise<Session[]>} */
const readSessions = async () => (await get("auth/sessions")).data;

function None() {
  const command = `onepin login --base-url ${about.address ?? location.origin + about.base}`;
  return html`
    <${Empty} title="No device is signed in as you">
      <p>To sign a command line in, run this on its machine. It shows a code, which you approve here.</p>
      <div class="left"><${Code} code=${command} label="Command that signs in" /><${CopyButton} text=${command} label="Copy command" small /></div>
      <p class="quiet"><a href=${docs("how-to/device-sign-in")}>How signing in on a device works</a></p>
    <//>
  `;
}

/** @param {{sessions: Session[], end: (session: Session) => void}} props */
function Table({ sessions, end }) {
  return html`
    <table class="members">
      <caption class="unseen">Sessions, the last used first</caption>
      <thead><tr><th scope="col">Device</th><th scope="col" class="mid">Signed in</th><th scope="col">Last used</th><th scope="col" class="mid">Ends if unused</th><th scope="col"><span class="unseen">Actions</span></th></tr></thead>
      <tbody>
        ${sessions.map(
          (session) => html`
            <tr key=${session.id}>
              <th scope="row"><strong>${session.client}</strong></th>
              <td class="mid"><${Moment} at=${session.created_at} /></td>
              <td><${Moment} at=${session.last_used_at} /></td>
              <td class="mid"><${Moment} at=${session.expires_at} /></td>
              <td class="right"><button type="button" class="small" aria-label=${`End the session of ${session.client}, signed in ${exactly(session.created_at)}`} onClick=${() => end(session)}>End</button></td>
            </tr>
          `,
        )}
      </tbody>
    </table>
    <p class="quiet">The names are what the programs say of themselves. A session ends by itself 30 days after its last use.</p>
  `;
}

/** @param {{session: Session, close: () => void, changed: () => void}} props */
function EndDialog({ session, close, changed }) {
  const { busy, error, run } = useAction();
  const end = () =>
    run(async () => {
      try {
        await call("DELETE", `auth/sessions/${session.id}`);
      } catch (failure) {
        // Over already, by somebody else's hand or its own: that is what was wanted.
        if (!(failure instanceof ApiError && failure.code === "NOT_FOUND")) throw failure;
      }
      say(`${session.client} is signed out.`);
      close();
      changed();
    });
  return html`
    <${Confirm} title=${`End the session of ${session.client}?`} action="End session" busy=${busy} error=${error} onConfirm=${end} onClose=${close}>
      <p>It gets no more tokens from now on, and is out within 5 minutes. Whoever uses it has to sign in again. API keys are not touched.</p>
    <//>
  `;
}
