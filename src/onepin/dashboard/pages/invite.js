/** Accepting an invitation that was opened as a link. */

import { call } from "../api.js";
import { ErrorNote } from "../parts/errors.js";
import { Page } from "../parts/page.js";
import { say } from "../parts/toast.js";
import { useAction } from "../resource.js";
import { go, takenInvitation } from "../router.js";
import { readAll } from "../place.js";
import { html } from "../view.js";

/** @param {{reload: () => void}} props */
export function InvitePage({ reload }) {
  const token = takenInvitation();
  const { busy, error, run } = useAction();
  const accept = () =>
    run(async () => {
      const { data } = await call("POST", `workspaces/invites/${token}/accept`);
      /** @type {Workspace[]} */
      const workspaces = await readAll("workspaces");
      const joined = workspaces.find((one) => one.id === data.workspace_id);
      say(`Welcome to ${joined?.name ?? "the workspace"}.`);
      reload();
      go(joined ? `#/${joined.slug}/keys` : "#/");
    });
  if (!token) return html`<${Page} title="Open the link again"><p>This page was reloaded and has forgotten the invitation: open the link that you were sent once more.</p><p><a href="#/">Go to your workspaces</a></p><//>`;
  return html`
    <${Page} title="You are invited">
      <p>Somebody invites you to their workspace. Accept, and you see it beside your own; those in it see your e-mail address.</p>
      <${ErrorNote} error=${error} />
      <div class="actions"><button type="button" class="primary" aria-busy=${busy} onClick=${accept}>${busy ? "Joining …" : "Accept invitation"}</button><a class="button" href="#/">Not now</a></div>
    <//>
  `;
}
