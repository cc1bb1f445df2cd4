/** Where in the dashboard we are: the fragment of the address. `#/<slug>/keys/<id>`; the server sees none of it. */

import { codeIn } from "./session.js";
import { Store, useStore } from "./store.js";

/** @typedef {{parts: string[], query: URLSearchParams, hash: string}} Route */

/** @returns {Route} */
function parse() {
  const [path = "", query = ""] = location.hash.replace(/^#\/?/, "").split("?");
  return { parts: path.split("/").filter(Boolean).map(decode), query: new URLSearchParams(query), hash: location.hash };
}

/** @param {string} part */
function decode(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

const current = new Store(parse());
/** Asked before leaving; false keeps us here. @type {((leave: () => void) => boolean) | null} */
let guard = null;
/** Called with the code of a sign-in link that is opened while the page is there. @type {(code: string) => void} */
let onCode = () => {};

export const useRoute = () => useStore(current);

/** @param {string} hash @param {{replace?: boolean}} [options] */
export function go(hash, { replace = false } = {}) {
  if (hash === location.hash) return;
  if (replace) {
    history.replaceState(null, "", hash);
    current.set(parse());
  } else {
    location.hash = hash;
  }
}

/** @param {typeof guard} asked */
export function setGuard(asked) {
  guard = asked;
}

/** @param {typeof onCode} tell */
export function watchForCode(tell) {
  onCode = tell;
}

/** The code of a sign-in link in the address, which it is taken out of at once. */
export function takeCode() {
  if (!location.hash.startsWith("#sign-in=")) return null;
  const code = codeIn(location.hash);
  history.replaceState(null, "", location.pathname + location.search);
  current.set(parse());
  return code;
}

window.addEventListener("hashchange", () => {
  const wanted = location.hash;
  if (wanted.startsWith("#sign-in=")) {
    const code = codeIn(wanted);
    history.replaceState(null, "", current.value.hash || location.pathname);
    onCode(code);
    return;
  }
  if (guard && wanted !== current.value.hash) {
    const leave = () => {
      guard = null;
      location.hash = wanted;
    };
    if (!guard(leave)) {
      history.pushState(null, "", current.value.hash);
      return;
    }
  }
  current.set(parse());
});
