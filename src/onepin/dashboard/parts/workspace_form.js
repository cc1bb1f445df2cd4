/** Name, slug and colour of a workspace; whether a slug is free is asked while one types. */

import { get } from "../api.js";
import { html, useEffect, useState } from "../view.js";
import { ErrorNote, faultOf } from "./errors.js";
import { TextField, useId } from "./field.js";

/** @typedef {{name: string, slug: string, color_idx: number}} WorkspaceValues */

const COLORS = ["Blue", "Teal", "Green", "Amber", "Red", "Pink", "Violet"];
const REASONS = /** @type {Record<string, string>} */ ({
  invalid: "Lower-case letters, digits and single hyphens between them, at most 50.",
  reserved: "This one is reserved. Choose a different one.",
  taken: "Another workspace has it. Choose a different one.",
});

/**
 * @param {{values: WorkspaceValues, change: (wanted: Partial<WorkspaceValues>) => void, before?: string, busy: boolean, action: string,
 *   error: import("../api.js").ApiError | null, onSubmit: () => void, cancel?: any, focus?: boolean}} props `before`: the slug it has now
 */
export function WorkspaceForm({ values, change, before = "", busy, action, error, onSubmit, cancel, focus = false }) {
  const [missing, setMissing] = useState("");
  const slug = useSlug(values.slug, before);
  const id = useId();
  const submit = (/** @type {Event} */ event) => {
    event.preventDefault();
    setMissing(values.name.trim() ? "" : "Give the workspace a name.");
    if (values.name.trim() && !slug.fault) onSubmit();
  };
  const taken = error?.code === "WORKSPACE_SLUG_TAKEN" ? error.message : "";
  return html`
    <form onSubmit=${submit} noValidate>
      <${ErrorNote} error=${taken ? null : error} fields=${["name", "slug"]} />
      <${TextField} label="Name" value=${values.name} onInput=${(/** @type {string} */ name) => change({ name })} fault=${missing || faultOf(error, "name")} focus=${focus} />
      <${TextField} label=${before ? "Slug" : "Slug (optional)"} value=${values.slug} onInput=${(/** @type {string} */ text) => change({ slug: text })}
        fault=${slug.fault || taken || faultOf(error, "slug")} help=${slug.free ? `${values.slug} is free.` : before ? "Stands in addresses; old links to pages of this workspace end." : "Stands in addresses. Left empty, it is made from the name."} />
      <fieldset class="field">
        <legend>Colour</legend>
        <div class="colors">
          ${COLORS.map((name, index) => html`<label key=${name} title=${name}><input type="radio" name=${id} aria-label=${name} checked=${values.color_idx === index} onChange=${() => change({ color_idx: index })} /><span class=${`dot c${index}`} aria-hidden="true"></span></label>`)}
        </div>
      </fieldset>
      <div class="actions"><button class="primary" aria-busy=${busy}>${busy ? "Working …" : action}</button>${cancel}</div>
    </form>
  `;
}

/** @param {string} slug @param {string} before */
function useSlug(slug, before) {
  const [told, setTold] = useState({ fault: "", free: false });
  useEffect(() => {
    setTold({ fault: "", free: false });
    if (!slug || slug === before) return;
    let mine = true;
    const timer = setTimeout(async () => {
      try {
        const { data } = await get("workspaces/slug-available", { query: { slug: slug.slice(0, 200) } });
        if (mine) setTold({ fault: data.available ? "" : (REASONS[data.reason] ?? "This one can't be taken."), free: data.available });
      } catch {
        // Saving says it in the end.
      }
    }, 300);
    return () => {
      mine = false;
      clearTimeout(timer);
    };
  }, [slug, before]);
  return told;
}
