/** Scopes in plain words, in groups, and the presets of the form. A deployment may have others: those show as they are. */

/** @type {Record<string, string>} */
const SAYS = {
  "workflows:read": "See workflows and their runs",
  "workflows:run": "Start workflows: this can cost money",
  "workflows:write": "Create, change and delete workflows",
  "voices:read": "See and use voices",
  "voices:write": "Create, change and delete voices",
  "dictionary:read": "See the dictionary",
  "dictionary:write": "Change the dictionary",
  "uploads:write": "Upload files",
  "workspace:read": "See the workspace, its members and the use of every key",
  "templates:read": "See templates",
  "catalog:read": "See the catalog",
  "keys:verify": "Ask whether other keys of this workspace are good: for your own backends",
};

/** @type {Record<string, string>} */
const RISKY = {
  "workflows:write": "can delete",
  "voices:write": "can delete",
  "dictionary:write": "can overwrite",
  "keys:verify": "for backends",
};

/** @param {string} scope */
export const describe = (scope) => SAYS[scope] ?? "A scope of this deployment";
/** @param {string} scope */
export const riskOf = (scope) => RISKY[scope] ?? "";

/** By resource, in the order of the list. @param {string[]} scopes @returns {[string, string[]][]} */
export function grouped(scopes) {
  /** @type {Map<string, string[]>} */
  const groups = new Map();
  for (const scope of scopes) {
    const resource = scope.split(":")[0] ?? scope;
    groups.set(resource, [...(groups.get(resource) ?? []), scope]);
  }
  return [...groups];
}

/** @typedef {"read" | "run" | "custom"} Preset */

/** What a preset ticks. @param {Preset} preset @param {string[]} grantable @returns {string[]} */
export function presetScopes(preset, grantable) {
  const reading = grantable.filter((scope) => scope.endsWith(":read"));
  if (preset === "read") return reading;
  const run = ["workflows:read", "workflows:run", "voices:read"].filter((scope) => grantable.includes(scope));
  return preset === "run" ? run : [];
}

/** @param {string[]} chosen @param {string[]} grantable @returns {Preset} */
export function presetOf(chosen, grantable) {
  for (const preset of /** @type {Preset[]} */ (["run", "read"])) {
    const wanted = presetScopes(preset, grantable);
    if (wanted.length > 0 && wanted.length === chosen.length && wanted.every((scope) => chosen.includes(scope))) return preset;
  }
  return "custom";
}
