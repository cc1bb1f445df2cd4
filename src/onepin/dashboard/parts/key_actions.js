/** Pause, resume, rotate, revoke: each says what it does before it does it. */

import { call, newOnce } from "../api.js";
import { stateOf } from "../format.js";
import { usePlace } from "../place.js";
import { useAction } from "../resource.js";
import { html, useRef, useState } from "../view.js";
import { Confirm, Dialog } from "./dialog.js";
import { ErrorNote } from "./errors.js";
import { Select, useId } from "./field.js";
import { say } from "./toast.js";

const GRACES = [["3600", "1 hour"], ["86400", "24 hours"], ["259200", "3 days"], ["604800", "7 days"]];

/** @param {{key_: ApiKey, changed: (key: ApiKey) => void, rotated: (made: ApiKeyCreated) => void}} props */
export function KeyActions({ key_, changed, rotated }) {
  const [open, setOpen] = useState("");
  const state = stateOf(key_);
  const close = () => setOpen("");
  return html`
    ${state === "active" && html`<button type="button" onClick=${() => setOpen("pause")}>Pause</button>`}
    ${state === "paused" && html`<${Resume} key_=${key_} changed=${changed} />`}
    ${state !== "grace" && html`<button type="button" onClick=${() => setOpen("rotate")}>Rotate</button>`}
    <button type="button" class="danger" onClick=${() => setOpen("revoke")}>Revoke</button>
    ${open === "pause" && html`<${Pause} key_=${key_} changed=${changed} close=${close} />`}
    ${open === "rotate" && html`<${Rotate} key_=${key_} changed=${changed} close=${close} rotated=${rotated} />`}
    ${open === "revoke" && html`<${Revoke} key_=${key_} changed=${changed} close=${close} />`}
  `;
}

/** @param {string} workspace @param {string} id @param {boolean} active */
const setActive = async (workspace, id, active) => (await call("PATCH", `api-keys/${id}`, { workspace, body: { active } })).data;

/** @param {{key_: ApiKey, changed: (key: ApiKey) => void}} props */
function Resume({ key_, changed }) {
  const { workspace } = usePlace();
  const { busy, error, run } = useAction();
  const resume = () =>
    run(async () => {
      changed(await setActive(workspace.id, key_.id, true));
      say("Resumed: the key works again.");
    });
  return html`<button type="button" class="primary" aria-busy=${busy} onClick=${resume}>${busy ? "Resuming …" : "Resume"}</button>
    ${error && html`<${ErrorNote} error=${error} />`}`;
}

/** @param {{key_: ApiKey, changed: (key: ApiKey) => void, close: () => void}} props */
function Pause({ key_, changed, close }) {
  const { workspace } = usePlace();
  const { busy, error, run } = useAction();
  const undo = async () => {
    try {
      changed(await setActive(workspace.id, key_.id, true));
      say("Resumed.");
    } catch {
      say("The key could not be resumed. Open it and try again.");
    }
  };
  const pause = () =>
    run(async () => {
      changed(await setActive(workspace.id, key_.id, false));
      close();
      say("Paused: requests with it are refused from now on.", undo);
    });
  return html`
    <${Confirm} title=${`Pause ${key_.name}?`} action="Pause key" danger=${false} busy=${busy} error=${error} onConfirm=${pause} onClose=${close}>
      <p>Whoever uses it is refused with 401 until you resume it. Nothing else changes.</p>
    <//>
  `;
}

/** @param {{key_: ApiKey, changed: (key: ApiKey) => void, close: () => void, rotated: (made: ApiKeyCreated) => void}} props */
function Rotate({ key_, changed, close, rotated }) {
  const { workspace } = usePlace();
  const id = useId();
  const [graceful, setGraceful] = useState(true);
  const [seconds, setSeconds] = useState("86400");
  const { busy, error, run } = useAction();
  const once = useRef(newOnce());
  const paused = stateOf(key_) === "paused";
  const submit = (/** @type {Event} */ event) => {
    event.preventDefault();
    run(async () => {
      const body = { grace_seconds: graceful && !paused ? Number(seconds) : 0 };
      const { data } = await call("PATCH", `api-keys/${key_.id}/rotate`, { workspace: workspace.id, body, once: once.current });
      changed(data.old_key);
      rotated(data.new_key);
    });
  };
  const pick = (/** @type {boolean} */ value) => () => {
    once.current = newOnce();
    setGraceful(value);
  };
  const length = (/** @type {string} */ value) => {
    once.current = newOnce();
    setSeconds(value);
  };
  return html`
    <${Dialog} title=${`Rotate ${key_.name}`} onClose=${close} keep=${busy}>
      <form onSubmit=${submit} noValidate>
        <p>A new key with the same name, scopes and limit takes its place. You see the new secret once.</p>
        ${paused && html`<p>The key is paused: the old secret ends at once, and the new key is paused too.</p>`}
        ${!paused && html`
          <fieldset class="field">
            <legend>The old secret</legend>
            <label class="scope"><input type="radio" name=${id} checked=${graceful} onChange=${pick(true)} /><span>keeps working for a while<br /><span class="quiet">Change it over without an outage; you see whether it is still used.</span></span></label>
            <label class="scope"><input type="radio" name=${id} checked=${!graceful} onChange=${pick(false)} /><span>ends now<br /><span class="quiet">When it has leaked.</span></span></label>
          </fieldset>
          ${graceful && html`<${Select} label="For how long" value=${seconds} onChange=${length} options=${GRACES} />`}
        `}
        <${ErrorNote} error=${error} />
        <div class="actions">
          <button type="button" onClick=${close} disabled=${busy}>Cancel</button>
          <button class="primary" aria-busy=${busy}>${busy ? "Rotating …" : "Rotate key"}</button>
        </div>
      </form>
    <//>
  `;
}

/** @param {{key_: ApiKey, changed: (key: ApiKey) => void, close: () => void}} props */
function Revoke({ key_, changed, close }) {
  const { workspace } = usePlace();
  const { busy, error, run } = useAction();
  const revoke = () =>
    run(async () => {
      changed((await call("DELETE", `api-keys/${key_.id}`, { workspace: workspace.id })).data);
      close();
      say("Revoked for good.");
    });
  return html`
    <${Confirm} title=${`Revoke ${key_.name}?`} action="Revoke key" word=${key_.name} wordLabel=${html`To confirm, type the name: <strong class="asis">${key_.name}</strong>`}
      busy=${busy} error=${error} onConfirm=${revoke} onClose=${close}>
      <p>Whoever uses it is refused from the next request on. This can't be undone; its history stays.</p>
    <//>
  `;
}
