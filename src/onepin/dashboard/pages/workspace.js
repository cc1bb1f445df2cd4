/** The workspace's own settings, and its end. */

import { call } from "../api.js";
import { onDay } from "../format.js";
import { CopyButton } from "../parts/copy.js";
import { Confirm } from "../parts/dialog.js";
import { Page } from "../parts/page.js";
import { say } from "../parts/toast.js";
import { WorkspaceForm } from "../parts/workspace_form.js";
import { usePlace } from "../place.js";
import { useAction } from "../resource.js";
import { go } from "../router.js";
import { html, useState } from "../view.js";

/** @param {{reload: () => void}} props */
export function WorkspacePage({ reload }) {
  const { workspace, role, owner } = usePlace();
  return html`
    <${Page} title="Workspace" where=${workspace.name}>
      <section class="card" aria-label="Settings">
        <h2>Settings</h2>
        ${role === "admin" ? html`<${Edit} reload=${reload} />` : html`<p class="quiet">Admins of this workspace change its name, slug and colour.</p>`}
      </section>
      <section class="card" aria-label="Facts">
        <h2>Facts</h2>
        <dl class="facts">
          <dt>Your role</dt><dd>${{ admin: "Admin", editor: "Editor", viewer: "Viewer" }[role]}${owner ? ", owner" : ""}</dd>
          <dt>Id</dt><dd><code class="cut">${workspace.id}</code> <${CopyButton} text=${workspace.id} label="Copy id" small /></dd>
          <dt>Created</dt><dd>${onDay(workspace.created_at)}</dd>
        </dl>
      </section>
      ${owner && html`<${End} reload=${reload} />`}
    <//>
  `;
}

/** @param {{reload: () => void}} props */
function Edit({ reload }) {
  const { workspace } = usePlace();
  const { name, slug, color_idx } = workspace;
  const [values, setValues] = useState({ name, slug, color_idx });
  const { busy, error, run } = useAction();
  const submit = () =>
    run(async () => {
      const { data } = await call("PATCH", `workspaces/${workspace.id}`, { body: values });
      setValues({ name: data.name, slug: data.slug, color_idx: data.color_idx });
      say("Saved.");
      if (data.slug !== slug) go(`#/${data.slug}/workspace`, { replace: true });
      else reload();
    });
  return html`<${WorkspaceForm} values=${values} change=${(/** @type {Partial<typeof values>} */ wanted) => setValues((before) => ({ ...before, ...wanted }))}
    before=${slug} busy=${busy} error=${error} action="Save" onSubmit=${submit} />`;
}

/** @param {{reload: () => void}} props */
function End({ reload }) {
  const { workspace, workspaces } = usePlace();
  const [asking, setAsking] = useState(false);
  const { busy, error, run } = useAction();
  const remove = () =>
    run(async () => {
      await call("DELETE", `workspaces/${workspace.id}`);
      localStorage.removeItem("onepin.workspace");
      say(`${workspace.name} is deleted.`);
      const next = workspaces.find((one) => one.id !== workspace.id);
      setAsking(false);
      go(next ? `#/${next.slug}/keys` : "#/");
      if (!next) reload();
    });
  return html`
    <section class="card" aria-label="Delete the workspace">
      <h2>Delete the workspace</h2>
      <p>All its keys are revoked at once: programs that use them are refused from the next request on.</p>
      <p><button type="button" class="danger" onClick=${() => setAsking(true)}>Delete workspace</button></p>
      ${asking && html`
        <${Confirm} title=${`Delete ${workspace.name}?`} action="Delete workspace" word=${workspace.slug} wordLabel=${html`To confirm, type its slug: <strong>${workspace.slug}</strong>`}
          busy=${busy} error=${error} onConfirm=${remove} onClose=${() => setAsking(false)}>
          <p>Every key in it is revoked. This can't be undone.</p>
        <//>
      `}
    </section>
  `;
}
