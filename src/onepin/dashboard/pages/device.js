/**
 * Approving a device that wants to sign in as the person (RFC 8628).
 *
 * A link may bring the code here, but it approves nothing: who asks and the code are shown, and the person has to say
 * that their own device shows the same one (§3.3.1, §5.4). Somebody else may have sent the link.
 */

import { ApiError, call, get } from "../api.js";
import { memberName } from "../format.js";
import { ErrorNote, LoadError } from "../parts/errors.js";
import { Fault, TextField, useId } from "../parts/field.js";
import { Page } from "../parts/page.js";
import { Moment, Skeleton } from "../parts/state.js";
import { usePlace } from "../place.js";
import { useAction, useResource } from "../resource.js";
import { go } from "../router.js";
import { html, useEffect, useRef, useState } from "../view.js";

const LENGTH = 8;

/** As devices show it, WDJB-MJHT; "" for what can't be a code. @param {string} text */
function asCode(text) {
  const letters = text.toUpperCase().replace(/[\s-]/g, "");
  return /^[A-Z]{8}$/.test(letters) ? `${letters.slice(0, 4)}-${letters.slice(4)}` : "";
}

/** @param {{given: string}} props `given`: the code in the address, if any */
export function DevicePage({ given }) {
  const code = asCode(given);
  return code ? html`<${Waiting} key=${code} code=${code} />` : html`<${Ask} wrong=${given ? "The address has no whole code in it. Type the one that your device shows." : ""} />`;
}

/** @param {{wrong: string}} props */
function Ask({ wrong }) {
  const [typed, setTyped] = useState("");
  const [fault, setFault] = useState("");
  const submit = (/** @type {Event} */ event) => {
    event.preventDefault();
    const code = asCode(typed);
    setFault(code ? "" : `The code on your device has ${LENGTH} letters, such as WDJB-MJHT.`);
    if (code) go(`#/device/${code}`);
  };
  return html`
    <${Page} title="Approve a device" about="A program that wants to sign in as you shows a code. Next you see which one it is.">
      ${wrong && html`<div class="note bad" role="alert"><p>${wrong}</p></div>`}
      <form class="device" onSubmit=${submit} noValidate>
        <${TextField} label="Code on the device" value=${typed} onInput=${setTyped} fault=${fault} focus maxlength=${20} />
        <div class="actions"><button class="primary">Go on</button><a class="button" href="#/sessions">Sessions</a></div>
      </form>
    <//>
  `;
}

/** @param {{code: string}} props */
function Waiting({ code }) {
  const device = useResource(async () => /** @type {WaitingDevice} */ ((await get(`auth/approvals/${code}`)).data), [code]);
  const [decided, setDecided] = useState("");
  if (decided) return html`<${Decided} approved=${decided === "approved"} client=${device.data?.client ?? ""} />`;
  if (device.error?.code === "NOT_FOUND") {
    return html`
      <${Page} title="No device waits under this code">
        <p>It may be older than 10 minutes, or decided already. Look at the code on your device again, or let it ask for a new one.</p>
        <p class="row"><a class="button primary" href="#/device">Type another code</a><a class="button" href="#/sessions">Sessions</a></p>
      <//>
    `;
  }
  return html`
    <${Page} title="Approve a device">
      ${device.error && html`<${LoadError} error=${device.error} retry=${device.reload} />`}
      ${!device.data && !device.error && html`<${Skeleton} rows=${4} what="Looking for the device" />`}
      ${device.data && html`<${Decide} device=${device.data} tell=${setDecided} again=${device.reload} />`}
    <//>
  `;
}

/** @param {{device: WaitingDevice, tell: (decided: string) => void, again: () => void}} props */
function Decide({ device, tell, again }) {
  const id = useId();
  const box = useRef(/** @type {HTMLInputElement | null} */ (null));
  const [same, setSame] = useState(false);
  const [fault, setFault] = useState("");
  const { busy, error, run } = useAction();
  const decide = (/** @type {boolean} */ approve) =>
    run(async () => {
      try {
        tell((await call("POST", `auth/approvals/${device.user_code}`, { body: { approve } })).data.status);
      } catch (failure) {
        if (failure instanceof ApiError && failure.code === "NOT_FOUND") again();
        throw failure;
      }
    });
  const submit = (/** @type {Event} */ event) => {
    event.preventDefault();
    setFault(same ? "" : "Compare first. If your device shows no such code, deny.");
    if (same) decide(true);
    else box.current?.focus();
  };
  return html`
    <form class="device" onSubmit=${submit} noValidate>
      <p class="user-code"><span class="unseen">Code: </span><code>${device.user_code}</code></p>
      <${Facts} device=${device} />
      <div class="note warn">
        <p><strong>Whoever talks you into approving their code acts as you.</strong> Approve only what you started yourself, on a device that you see. It can do all that you can, in every workspace of yours, until you end its session.</p>
      </div>
      <div class="field">
        <label class="scope"><input type="checkbox" ref=${box} checked=${same} aria-invalid=${fault ? "true" : undefined} aria-describedby=${fault ? `${id}-fault` : undefined}
          onChange=${(/** @type {any} */ event) => setSame(event.target.checked)} /> <span>My own device shows this code, and I started this</span></label>
        <${Fault} id=${id} fault=${same ? "" : fault} />
      </div>
      <${ErrorNote} error=${error} />
      <div class="actions">
        <button class="primary" aria-busy=${busy}>${busy ? "Working …" : "Approve"}</button>
        <button type="button" class="danger" disabled=${busy} onClick=${() => decide(false)}>Deny</button>
      </div>
    </form>
  `;
}

/** @param {{device: WaitingDevice}} props */
function Facts({ device }) {
  const place = usePlace();
  const me = place?.members.find((member) => member.user_id === place.userId);
  return html`
    <dl class="facts">
      <dt>Calls itself</dt><dd><strong>${device.client}</strong></dd>
      <dt>Asks from</dt><dd>${device.address ? html`<code>${device.address}</code>` : "an address the server can't tell"}</dd>
      <dt>Asked</dt><dd><${Moment} at=${device.created_at} /></dd>
      ${me && html`<dt>Would act as</dt><dd>${memberName(me)}${me.email && memberName(me) !== me.email && html` <span class="quiet">${me.email}</span>`}</dd>`}
    </dl>
  `;
}

/** @param {{approved: boolean, client: string}} props */
function Decided({ approved, client }) {
  const heading = useRef(/** @type {HTMLElement | null} */ (null));
  useEffect(() => heading.current?.focus(), []);
  return html`
    <${Page} title=${approved ? "Approved" : "Denied"}>
      <p tabindex="-1" ref=${heading} role="status">${approved ? `${client} is signed in as you within some seconds. Go back to it; you can close this page.` : `${client} was refused, and is told so. If you did not start this, somebody else tried.`}</p>
      <p class="row">${approved && html`<a class="button" href="#/sessions">Sessions</a>`}<a class="button" href="#/">Go to your keys</a></p>
    <//>
  `;
}
