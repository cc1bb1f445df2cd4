/** A new key: the form, then the one-time secret. */

import { about } from "../about.js";
import { call, newOnce } from "../api.js";
import { KeyForm, check, limitOf } from "../parts/key_form.js";
import { Page } from "../parts/page.js";
import { SecretScreen } from "../parts/secret.js";
import { mayWrite, usePlace } from "../place.js";
import { useAction } from "../resource.js";
import { go } from "../router.js";
import { html, useRef, useState } from "../view.js";

export function NewKeyPage() {
  const place = usePlace();
  const { workspace, grantable } = place;
  const [values, setValues] = useState(() => ({
    name: "",
    scopes: about.defaultScopes.filter((scope) => grantable.includes(scope)),
    limit: String(about.defaultLimit ?? 1000),
    limited: about.defaultLimit !== null,
  }));
  const [faults, setFaults] = useState({ name: "", limit: "" });
  const [made, setMade] = useState(/** @type {ApiKeyCreated | null} */ (null));
  const { busy, error, run, clear } = useAction();
  // The same form twice is one key, however often it is sent; another form is another.
  const once = useRef(newOnce());
  const keys = `#/${workspace.slug}/keys`;
  const change = (/** @type {Partial<typeof values>} */ wanted) => {
    once.current = newOnce();
    setValues((before) => ({ ...before, ...wanted }));
    if (error && !error.passing) clear();
  };
  const submit = () => {
    const wrong = check(values);
    setFaults(wrong);
    if (wrong.name || wrong.limit) return;
    run(async () => {
      const body = { name: values.name, scopes: values.scopes, rate_limit_per_min: limitOf(values) };
      const { data } = await call("POST", "api-keys", { workspace: workspace.id, body, once: once.current });
      setMade(data);
    });
  };
  if (!mayWrite(place)) return html`<${Page} title="New key" where=${workspace.name}><p>Your role in this workspace is viewer. Ask an admin to make the key, or to make you an editor.</p><//>`;
  if (made) {
    return html`
      <${Page} key="secret" title=${`${made.name} is ready`} where=${workspace.name}>
        <${SecretScreen} made=${made} onStored=${() => go(`${keys}/${made.id}`)} onGone=${() => setMade(null)} />
      <//>
    `;
  }
  return html`
    <${Page} title="New key" where=${workspace.name} about=${`In ${workspace.name}. You see its secret once, after this.`}>
      <${KeyForm} values=${values} change=${change} grantable=${grantable} faults=${faults} error=${error} busy=${busy} action="Create key"
        onSubmit=${submit} cancel=${html`<a class="button" href=${keys}>Cancel</a>`} />
    <//>
  `;
}
