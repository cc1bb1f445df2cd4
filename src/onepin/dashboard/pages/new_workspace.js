/** A new workspace. */

import { call } from "../api.js";
import { Page } from "../parts/page.js";
import { say } from "../parts/toast.js";
import { WorkspaceForm } from "../parts/workspace_form.js";
import { useAction } from "../resource.js";
import { go } from "../router.js";
import { html, useState } from "../view.js";

export function NewWorkspacePage() {
  const [values, setValues] = useState({ name: "", slug: "", color_idx: 0 });
  const { busy, error, run } = useAction();
  const submit = () =>
    run(async () => {
      const { slug, ...rest } = values;
      const { data } = await call("POST", "workspaces", { body: slug ? values : rest });
      say(`${data.name} is ready.`);
      go(`#/${data.slug}/keys`);
    });
  return html`
    <${Page} title="New workspace" about="A workspace has keys, people and a log of its own. You become its owner.">
      <div class="card"><${WorkspaceForm} values=${values} change=${(/** @type {Partial<typeof values>} */ wanted) => setValues((before) => ({ ...before, ...wanted }))}
        busy=${busy} error=${error} action="Create workspace" onSubmit=${submit} focus cancel=${html`<a class="button" href="#/">Cancel</a>`} /></div>
    <//>
  `;
}
