/** Name, scopes and limit of a key: for a new one and for changes. */

import { grouped, describe, presetOf, presetScopes, riskOf } from "../scopes.js";
import { html, useEffect, useState } from "../view.js";
import { ErrorNote, faultOf } from "./errors.js";
import { Fault, TextField, useId } from "./field.js";

/** @typedef {{name: string, scopes: string[], limit: string, limited: boolean}} KeyValues */
/** @typedef {import("../scopes.js").Preset} Preset */

/** @type {[Preset, string, string][]} */
const PRESETS = [
  ["run", "Run workflows", "See and start workflows, use voices"],
  ["read", "Read-only", "See everything that can be seen, change nothing"],
  ["custom", "Custom", "Choose each scope"],
];

/** The limit as the API takes it; null is no limit. @param {KeyValues} values */
export const limitOf = (values) => (values.limited ? Number(values.limit) : null);

/** What is wrong before the server is asked, by field. @param {KeyValues} values @returns {{name: string, limit: string}} */
export function check(values) {
  const name = [...values.name.trim()].length;
  const limit = Number(values.limit);
  const whole = /^\d+$/.test(values.limit.trim()) && limit >= 1 && limit <= 1_000_000;
  return {
    name: name === 0 ? "Give the key a name, so that you know it again." : name > 120 ? `A name has at most 120 characters; this has ${name}.` : "",
    limit: values.limited && !whole ? "A whole number from 1 to 1,000,000." : "",
  };
}

/**
 * @param {{values: KeyValues, change: (wanted: Partial<KeyValues>) => void, grantable: string[], faults: {name: string, limit: string},
 *   error: import("../api.js").ApiError | null, busy: boolean, action: string, onSubmit: () => void, cancel: any}} props
 */
export function KeyForm({ values, change, grantable, faults, error, busy, action, onSubmit, cancel }) {
  const submit = (/** @type {Event} */ event) => {
    event.preventDefault();
    onSubmit();
  };
  return html`
    <form class="key-form" onSubmit=${submit} noValidate>
      <${ErrorNote} error=${error} fields=${["name", "scopes", "rate_limit_per_min"]} />
      <${TextField} label="Name" value=${values.name} onInput=${(/** @type {string} */ name) => change({ name })} focus
        fault=${faults.name || faultOf(error, "name")} help="Who or what will use it, for instance “Billing service, production”." />
      <${ScopeField} chosen=${values.scopes} grantable=${grantable} fault=${faultOf(error, "scopes")} choose=${(/** @type {string[]} */ scopes) => change({ scopes })} />
      <${LimitField} values=${values} change=${change} fault=${faults.limit || faultOf(error, "rate_limit_per_min")} />
      <div class="actions">
        <button class="primary" aria-busy=${busy}>${busy ? "Working …" : action}</button>
        ${cancel}
      </div>
    </form>
  `;
}

/** @param {{chosen: string[], grantable: string[], fault: string, choose: (scopes: string[]) => void}} props */
function ScopeField({ chosen, grantable, fault, choose }) {
  const id = useId();
  const [preset, setPreset] = useState(() => presetOf(chosen, grantable));
  const [open, setOpen] = useState(preset === "custom");
  // Those that the key has and nobody may grant anew any more: they can be kept or taken away.
  const kept = chosen.filter((scope) => !grantable.includes(scope));
  const [once] = useState(kept);
  useEffect(() => {
    if (fault) setOpen(true);
  }, [fault]);
  const take = (/** @type {Preset} */ wanted) => {
    setPreset(wanted);
    setOpen(wanted === "custom");
    if (wanted !== "custom") choose(presetScopes(wanted, grantable));
  };
  const toggle = (/** @type {string} */ scope) => {
    const next = chosen.includes(scope) ? chosen.filter((one) => one !== scope) : [...chosen, scope];
    setPreset(presetOf(next, grantable));
    choose([...grantable, ...once].filter((one) => next.includes(one)));
  };
  return html`
    <fieldset class="field" aria-describedby=${fault ? `${id}-fault` : undefined}>
      <legend>What it may do</legend>
      <div class="presets">
        ${PRESETS.map(
          ([key, name, about]) => html`
            <label key=${key} class="preset">
              <input type="radio" name=${id} value=${key} checked=${preset === key} onChange=${() => take(key)} />
              <span><strong>${name}</strong><br /><span class="quiet">${about}</span></span>
            </label>
          `,
        )}
      </div>
      <${Fault} id=${id} fault=${fault} />
      <details open=${open} onToggle=${(/** @type {any} */ event) => setOpen(event.currentTarget.open)}>
        <summary>${chosen.length === 0 ? "No scopes: the key may only ask who it is" : `Scopes: ${chosen.join(", ")}`}</summary>
        <div class="groups">
          ${grouped([...grantable, ...once]).map(
            ([resource, scopes]) => html`
              <div key=${resource} role="group" aria-label=${resource}>
                <p class="resource">${resource}</p>
                ${scopes.map(
                  (scope) => html`
                    <label key=${scope} class="scope">
                      <input type="checkbox" checked=${chosen.includes(scope)} onChange=${() => toggle(scope)} />
                      <span><code>${scope}</code> ${riskOf(scope) && html`<span class="badge risk">${riskOf(scope)}</span>`}<br /><span class="quiet">${describe(scope)}</span></span>
                    </label>
                  `,
                )}
              </div>
            `,
          )}
        </div>
      </details>
    </fieldset>
  `;
}

/** @param {{values: KeyValues, change: (wanted: Partial<KeyValues>) => void, fault: string}} props */
function LimitField({ values, change, fault }) {
  return html`
    <div class="limit">
      <${TextField} label="Rate limit, requests per minute" value=${values.limit} onInput=${(/** @type {string} */ limit) => change({ limit })}
        fault=${fault} inputmode="numeric" disabled=${!values.limited} help="Requests above it are refused with 429. In any 60 seconds, never one more." />
      <label class="scope"><input type="checkbox" checked=${!values.limited} onChange=${() => change({ limited: !values.limited })} /><span>No limit<br /><span class="quiet">One stuck program can then take all you have.</span></span></label>
    </div>
  `;
}
