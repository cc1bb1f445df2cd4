/** Where in the dashboard we are: the fragment of the address. `#/<slug>/keys/<id>`; the server sees none of it. */

import { codeIn } from "./session.js";
import { Store, useStore } from "./store.js";

/** The secret of an invitation that was opened: it stays here until it is used, and out of the address. */
let invitation = "";

/** @typedef {{parts: string[], query: URLSearchParams, hash: string}} Route */

/** @returns {Route} */
function parse() {
  const [path = "", query = ""] = location.hash.replace(/^#\/?/, "").split("?");
  return { parts: path.split("/").filter(Boolean).map(decode), query: new URLSearchParams(query), hash: location.hash };
}

function start() {
  takeInvitation();
  return parse();
}

/** @param {string} part */
function decode(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** Asked before leaving; false keeps us here. @type {((leave: () => void) => boolean) | null} */
let guard = null;
/** Called with the code of a sign-in link that is opened while the page is there. @type {(code: string) => void} */
let onCode = () => {};

const current = new Store(start());
export const useRoute = () => useStore(current);

let moves = 0;
/** How often one has gone to another page since this one was loaded. */
export const movesSoFar = () => moves;

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

export const takenInvitation = () => invitation;

function takeInvitation() {
  const found = /^#invite=([A-Za-z0-9_-]{1,200})$/.exec(location.hash)?.[1];
  if (!found) return;
  invitation = found;
  history.replaceState(null, "", "#/invites");
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
  takeInvitation();
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
  moves += 1;
  current.set(parse());
});
