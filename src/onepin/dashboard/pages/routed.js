/** Which page an address shows. */

import { Page } from "../parts/page.js";
import { usePlace } from "../place.js";
import { go } from "../router.js";
import { html, useEffect } from "../view.js";
import { AuditPage } from "./audit.js";
import { DevicePage } from "./device.js";
import { InvitePage } from "./invite.js";
import { KeyPage } from "./key.js";
import { KeysPage } from "./keys.js";
import { MembersPage } from "./members.js";
import { NewKeyPage } from "./new_key.js";
import { NewWorkspacePage } from "./new_workspace.js";
import { OverviewPage } from "./overview.js";
import { SessionsPage } from "./sessions.js";
import { WorkspacePage } from "./workspace.js";

/** @param {{route: import("../router.js").Route, reload: () => void, homeless?: boolean}} props */
export function Routed({ route, reload, homeless = false }) {
  const [first, page, id] = route.parts;
  if (first === "workspaces") return html`<${NewWorkspacePage} />`;
  if (first === "invites") return html`<${InvitePage} reload=${reload} />`;
  if (first === "sessions") return html`<${SessionsPage} />`;
  if (first === "device") return html`<${DevicePage} given=${page ?? ""} />`;
  if (homeless) return html`<${Homeless} />`;
  return html`<${Placed} key=${`${first}/${page}/${id}`} page=${page} id=${id} route=${route} reload=${reload} />`;
}

/** @param {{page?: string, id?: string, route: import("../router.js").Route, reload: () => void}} props */
function Placed({ page, id, route, reload }) {
  if (page === undefined) return html`<${Home} />`;
  if (page === "keys" && id === "new") return html`<${NewKeyPage} />`;
  if (page === "keys" && id) return html`<${KeyPage} id=${id} />`;
  if (page === "keys") return html`<${KeysPage} route=${route} />`;
  if (page === "overview") return html`<${OverviewPage} />`;
  if (page === "audit") return html`<${AuditPage} route=${route} />`;
  if (page === "members") return html`<${MembersPage} reload=${reload} />`;
  if (page === "workspace") return html`<${WorkspacePage} reload=${reload} />`;
  return html`<${Page} title="There is no such page"><p>The address leads nowhere. <a href="#/">Go to your keys</a>.</p><//>`;
}

function Home() {
  const { workspace } = usePlace();
  useEffect(() => go(`#/${workspace.slug}/keys`, { replace: true }), []);
  return null;
}

function Homeless() {
  return html`
    <${Page} title="You are in no workspace yet">
      <p>Keys belong to workspaces. Open the invitation that somebody sent you, or make a workspace of your own.</p>
      <p><a class="button primary" href="#/workspaces/new">New workspace</a></p>
    <//>
  `;
}
