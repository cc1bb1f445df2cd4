/** Starts the dashboard: who is signed in, which workspace is open, which page shows. */

import { about } from "./about.js";
import { ApiError } from "./api.js";
import { LoadError } from "./parts/errors.js";
import { EndedDialog, SignIn } from "./pages/sign_in.js";
import { Routed } from "./pages/routed.js";
import { Shell } from "./parts/shell.js";
import { Skeleton } from "./parts/state.js";
import { Toasts } from "./parts/toast.js";
import { useResource } from "./resource.js";
import { takeCode, useRoute, watchForCode } from "./router.js";
import { PlaceContext, loadPlace } from "./place.js";
import { nobody, renew, session, useLink } from "./session.js";
import { useStore } from "./store.js";
import { html, render, useEffect, useRef } from "./view.js";

/** First parts of an address that are no workspace; the server gives no workspace such a name. */
const WITHOUT_WORKSPACE = ["workspaces", "invites", "sign-in", "sessions", "device"];
const AGAIN_MS = 3000;

function App() {
  const { status, notice } = useStore(session);
  if (status === "starting") return html`<${Lone}><p class="quiet">${notice || "Loading …"}</p><//>`;
  if (status === "out") return html`<${SignIn} notice=${notice} />`;
  return html`
    <${Inside} />
    ${status === "ended" && html`<${EndedDialog} />`}
    <${Toasts} />
  `;
}

function Inside() {
  const route = useRoute();
  const first = route.parts[0] ?? "";
  // A page that is about no workspace leaves the one that is open as it is.
  const open = useRef("");
  const slug = WITHOUT_WORKSPACE.includes(first) ? open.current : first;
  open.current = slug;
  const place = useResource(() => loadPlace(slug), [slug]);
  const person = useRef("");
  const userId = place.data?.userId ?? "";
  useEffect(() => {
    // Somebody else signed in while this page was open: nothing of the one before may stay on it.
    if (person.current && userId && person.current !== userId) location.reload();
    person.current = userId || person.current;
  }, [userId]);
  // The address may be a step ahead of what is loaded: no page may ask about the workspace that was left.
  const here = slug === "" || place.data?.workspace.slug === slug;
  if (place.data) {
    return html`
      <${PlaceContext.Provider} value=${place.data}>
        <${Shell} route=${route}>
          ${here ? html`<${Routed} route=${route} reload=${place.reload} />` : html`<${Skeleton} rows=${6} what="Loading the workspace" />`}
        <//>
      <//>
    `;
  }
  if (place.error) return html`<${Lone}><h1>onepin</h1><${LoadError} error=${place.error} retry=${place.reload} /><p><a href="#/">Go to your workspaces</a></p><//>`;
  if (place.loading) return html`<${Lone}><${Skeleton} rows=${6} what="Loading your workspaces" /><//>`;
  return html`<${Lone}><${Routed} route=${route} reload=${place.reload} homeless /><//>`;
}

/** A page without a workspace around it. @param {{children?: any}} props */
function Lone({ children }) {
  return html`
    <header class="top"><span class="brand"><span class="mark" aria-hidden="true"></span>onepin</span></header>
    <main class="lone" id="main">${children}</main>
  `;
}

/** @param {string | null} code of a sign-in link; null when the page was opened without one */
async function start(code) {
  if (code !== null) {
    const wrong = code ? await useLink(code) : "This link is not whole. Copy all of it, or make a new one with: onepin sign-in";
    if (wrong) nobody(wrong);
    return;
  }
  try {
    if (!(await renew())) nobody(location.hash.startsWith("#/sign-in?out") ? "You are signed out." : "");
  } catch {
    session.set({ status: "starting", notice: `${about.clerk ? "Clerk's sign-in" : "The server"} can't be reached. Trying again …` });
    setTimeout(() => start(null), AGAIN_MS);
  }
}

watchForCode(async (code) => {
  const inside = session.value.status === "in";
  const wrong = code ? await useLink(code) : "This link is not whole. Copy all of it.";
  if (wrong && session.value.status === "out") nobody(wrong);
  else if (!wrong && inside) location.reload(); // perhaps another person: start afresh
});

window.addEventListener("unhandledrejection", (event) => {
  if (event.reason instanceof ApiError) event.preventDefault();
});

const root = /** @type {HTMLElement} */ (document.getElementById("app"));
root.replaceChildren();
render(html`<${App} />`, root);
start(takeCode());
