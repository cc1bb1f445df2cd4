/** Signing in: with a one-time link from the command line, or with Clerk's own component. */

import { about, docs } from "../about.js";
import { clerk } from "../clerk.js";
import { CopyButton } from "../parts/copy.js";
import { Dialog } from "../parts/dialog.js";
import { TextField } from "../parts/field.js";
import { codeIn, renew, useLink } from "../session.js";
import { useAction } from "../resource.js";
import { html, useEffect, useRef, useState } from "../view.js";

const COMMAND = "onepin sign-in";

/** @param {{notice: string}} props */
export function SignIn({ notice }) {
  useEffect(() => {
    document.title = "Sign in · onepin";
  }, []);
  return html`
    <header class="top"><span class="brand"><span class="mark" aria-hidden="true"></span>onepin</span><span class="grow"></span><a class="docs" href=${docs("")}>Docs</a></header>
    <main class="lone narrow" id="main">
      <h1>Sign in</h1>
      ${notice && html`<div class="note" role="alert"><p>${notice}</p></div>`}
      <${Ways} />
    </main>
  `;
}

function Ways() {
  if (about.clerk) return html`<${ClerkSignIn} />`;
  if (about.local) return html`<${LinkSignIn} />`;
  return html`<p>People sign in with Clerk here, and its publishable key is missing: the operator sets <code>ONEPIN_CLERK_PUBLISHABLE_KEY</code>.</p>`;
}

function LinkSignIn() {
  const [link, setLink] = useState("");
  const [fault, setFault] = useState("");
  const { busy, run } = useAction();
  const submit = (/** @type {Event} */ event) => {
    event.preventDefault();
    run(async () => {
      const code = codeIn(link);
      setFault(code ? await useLink(code) : "This is not the whole link: it ends in #sign-in= and 43 characters.");
    });
  };
  return html`
    <p>On the machine where the server runs, make a link. It signs you in once, within 10 minutes.</p>
    <div class="row command"><pre><code>${COMMAND}</code></pre><${CopyButton} text=${COMMAND} label="Copy the command" small /></div>
    <p>Then open the link in this browser, or paste it here:</p>
    <form onSubmit=${submit} noValidate>
      <${TextField} label="Sign-in link" value=${link} onInput=${setLink} fault=${fault} />
      <div class="actions"><button class="primary" aria-busy=${busy}>${busy ? "Signing in …" : "Sign in"}</button></div>
    </form>
  `;
}

function ClerkSignIn() {
  const box = useRef(/** @type {HTMLDivElement | null} */ (null));
  const [wrong, setWrong] = useState("");
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    let shown = true;
    /** @type {any} */
    let loaded = null;
    let stop = () => {};
    clerk().then(
      (found) => {
        if (!shown) return;
        loaded = found;
        loaded.mountSignIn(box.current, { routing: "virtual" });
        stop = loaded.addListener(() => renew().catch(() => {}));
      },
      () => setWrong("Clerk's sign-in can't be reached. Is there a network to it?"),
    );
    return () => {
      shown = false;
      stop();
      loaded?.unmountSignIn?.(box.current);
    };
  }, [turn]);
  const again = () => {
    setWrong("");
    setTurn((n) => n + 1);
  };
  return html`
    <div ref=${box}></div>
    ${wrong && html`<div class="note bad" role="alert"><p>${wrong}</p><p><button type="button" class="small" onClick=${again}>Try again</button></p></div>`}
  `;
}

/** Over a page whose session ended: the page stays as it is, with everything typed into it. */
export function EndedDialog() {
  const { busy, run } = useAction();
  const [still, setStill] = useState("");
  const check = () =>
    run(async () => {
      setStill("");
      try {
        if (!(await renew())) setStill("Not signed in yet.");
      } catch {
        setStill("The server can't be reached. Try again in a moment.");
      }
    });
  useEffect(() => {
    const seen = () => !document.hidden && check();
    document.addEventListener("visibilitychange", seen);
    return () => document.removeEventListener("visibilitychange", seen);
  }, []);
  return html`
    <${Dialog} title="Your session has ended" onClose=${() => {}} keep>
      <p>Sign in again and go on where you were: what you typed is still here.</p>
      <${Ways} />
      <p class="row"><button type="button" onClick=${check} disabled=${busy}>I signed in in another tab</button> <span role="status">${still}</span></p>
    <//>
  `;
}
