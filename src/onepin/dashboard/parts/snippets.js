/** Ready commands, one tab each. */

import { html, useState } from "../view.js";
import { CopyButton } from "./copy.js";
import { Segments } from "./field.js";
import { Code } from "./state.js";

/** @param {{snippets: [string, string][], legend?: string, hide?: [string, string]}} props `hide`: shown otherwise than copied */
export function Snippets({ snippets, legend = "Show how to use it with", hide }) {
  const [shown, setShown] = useState(snippets[0]?.[0] ?? "");
  const code = snippets.find(([name]) => name === shown)?.[1] ?? "";
  return html`
    <div class="snippets">
      <div class="row">
        <${Segments} legend=${legend} value=${shown} onChange=${setShown} options=${snippets.map(([name]) => [name, name])} />
        <${CopyButton} text=${code} label=${`Copy ${shown} snippet`} small />
      </div>
      <${Code} code=${hide ? code.replaceAll(hide[0], hide[1]) : code} label=${`${shown} snippet`} />
    </div>
  `;
}
