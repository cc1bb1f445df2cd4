/** What stands around every page: the workspace switcher, the ways to the pages, the theme, and who is signed in. */

import { docs } from "../about.js";
import { usePlace } from "../place.js";
import { signOut } from "../session.js";
import { html, useEffect, useRef, useState } from "../view.js";
import { say } from "./toast.js";
import { Segments } from "./field.js";

/** @type {[string, string][]} */
const PAGES = [
  ["overview", "Overview"],
  ["keys", "Keys"],
  ["audit", "Audit log"],
  ["members", "Members"],
  ["workspace", "Workspace"],
];

/** @param {{route: import("../router.js").Route, children?: any}} props */
export function Shell({ route, children }) {
  const { workspace } = usePlace();
  const page = route.parts[1] ?? "";
  return html`
    <a class="skip" href="#main" onClick=${skip}>Skip to the content</a>
    <header class="top">
      <a class="brand" href=${`#/${workspace.slug}/keys`}><span class="mark" aria-hidden="true"></span>onepin</a>
      <${Switcher} />
      <span class="grow"></span>
      <a class="docs" href=${docs("")}>Docs</a>
      <${Preferences} />
    </header>
    <nav class="side" aria-label="Pages">
      ${PAGES.map(([path, name]) => html`<a key=${path} href=${`#/${workspace.slug}/${path}`} aria-current=${page === path ? "page" : undefined}>${name}</a>`)}
    </nav>
    <main id="main" tabindex="-1">${children}</main>
  `;
}

/** Not by the fragment: that is the address of the page. @param {Event} event */
function skip(event) {
  event.preventDefault();
  document.getElementById("main")?.focus();
}

/** A button that opens a panel; Esc and a click elsewhere close it. @param {{id: string, label: string, face: any, children?: any}} props */
function Popover({ id, label, face, children }) {
  const panel = useRef(/** @type {HTMLElement | null} */ (null));
  const [open, setOpen] = useState(false);
  useEffect(() => {
    const element = panel.current;
    const onToggle = (/** @type {any} */ event) => setOpen(event.newState === "open");
    element?.addEventListener("toggle", onToggle);
    return () => element?.removeEventListener("toggle", onToggle);
  }, []);
  const onClick = (/** @type {any} */ event) => {
    if (event.target.closest("a")) panel.current?.hidePopover();
  };
  return html`
    <div class="holder">
      <button type="button" popovertarget=${id} aria-label=${label} aria-expanded=${open}>${face}</button>
      <div id=${id} class="panel" popover ref=${panel} onClick=${onClick}>${children}</div>
    </div>
  `;
}

function Switcher() {
  const { workspace, workspaces } = usePlace();
  const face = html`<span class=${`dot c${workspace.color_idx}`} aria-hidden="true"></span><span class="cut">${workspace.name}</span> <span aria-hidden="true">▾</span>`;
  return html`
    <${Popover} id="workspaces" label=${`Workspace: ${workspace.name}. Switch`} face=${face}>
      <nav aria-label="Workspaces">
        ${workspaces.map(
          (one) => html`
            <a key=${one.id} href=${`#/${one.slug}/keys`} aria-current=${one.id === workspace.id ? "true" : undefined}>
              <span class=${`dot c${one.color_idx}`} aria-hidden="true"></span><span class="cut">${one.name}</span>
            </a>
          `,
        )}
        <a class="rule" href="#/workspaces/new">New workspace …</a>
      </nav>
    <//>
  `;
}

function Preferences() {
  const [theme, setTheme] = useState(localStorage.getItem("onepin.theme") ?? "system");
  const [leaving, setLeaving] = useState(false);
  const choose = (/** @type {string} */ value) => {
    setTheme(value);
    if (value === "system") localStorage.removeItem("onepin.theme");
    else localStorage.setItem("onepin.theme", value);
    if (value === "system") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = value;
  };
  const leave = async () => {
    setLeaving(true);
    const wrong = await signOut();
    setLeaving(false);
    if (wrong) say(wrong);
  };
  return html`
    <${Popover} id="preferences" label="Account and appearance" face="Account ▾">
      <p class="quiet">Theme</p>
      <${Segments} legend="Theme" value=${theme} onChange=${choose} options=${[["system", "System"], ["light", "Light"], ["dark", "Dark"]]} />
      <nav class="rule" aria-label="Account"><a href="#/sessions">Sessions</a><a href="#/device">Approve a device</a></nav>
      <p class="rule"><button type="button" onClick=${leave} disabled=${leaving}>Sign out</button></p>
    <//>
  `;
}
