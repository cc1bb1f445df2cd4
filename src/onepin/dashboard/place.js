/** Where the signed-in person is: their workspaces, the one that is open, and what they may do in it. */

import { ApiError, get } from "./api.js";
import { memberName } from "./format.js";
import { createContext, useContext } from "./view.js";

const LAST = "onepin.workspace";
const MOST = 500;

/** @type {import("preact").Context<Place>} */
export const PlaceContext = createContext(/** @type {any} */ (null));
export const usePlace = () => useContext(PlaceContext);

/** @template T @param {string} path @param {import("./api.js").Options} [options] @returns {Promise<T[]>} */
export async function readAll(path, options = {}) {
  /** @type {T[]} */
  const found = [];
  for (;;) {
    const { data, pagination } = await get(path, { ...options, query: { ...options.query, limit: 100, offset: found.length } });
    found.push(...data);
    if (!pagination?.next || data.length === 0 || found.length >= MOST) return found;
  }
}

/** @param {string} slug "" for the one that was open last @returns {Promise<Place | null>} null: in no workspace at all */
export async function loadPlace(slug) {
  /** @type {Workspace[]} */
  const workspaces = await readAll("workspaces");
  const wanted = slug || localStorage.getItem(LAST);
  const workspace = workspaces.find((one) => one.slug === wanted) ?? (slug ? undefined : workspaces.at(-1));
  if (!workspace) {
    if (workspaces.length === 0) return null;
    throw new ApiError("NOT_FOUND", `There is no workspace ${slug} that you are a member of.`);
  }
  localStorage.setItem(LAST, workspace.slug);
  const [who, members] = await Promise.all([get("auth/whoami", { workspace: workspace.id }), readMembers(workspace.id)]);
  const userId = who.data.user_id;
  /** @type {string[]} */
  const grantable = who.data.scopes;
  const me = members?.find((member) => member.user_id === userId);
  const role = me?.role ?? guessRole(grantable);
  return { workspace, workspaces, role, owner: workspace.created_by === userId, userId, grantable, members };
}

/** The members, or null where the server does not tell. @param {string} workspace @returns {Promise<Member[] | null>} */
async function readMembers(workspace) {
  try {
    return await readAll(`workspaces/${workspace}/members`);
  } catch (error) {
    if (error instanceof ApiError && (error.code === "NOT_FOUND" || error.code === "FORBIDDEN")) return null;
    throw error;
  }
}

/** From what a person may grant: an admin everything, an editor all but keys:verify, a viewer sees what reads. */
/** @param {string[]} grantable @returns {Role} */
function guessRole(grantable) {
  if (grantable.includes("keys:verify")) return "admin";
  return grantable.some((scope) => !scope.endsWith(":read")) ? "editor" : "viewer";
}

/** @param {Place} place */
export const mayWrite = (place) => place.role !== "viewer";

/** Who made a key, in words; "" when nobody says. @param {Place} place @param {string | null} id */
export function creatorName(place, id) {
  if (id === null) return "";
  if (id === place.userId) return "You";
  const member = place.members?.find((one) => one.user_id === id);
  return member ? memberName(member) : "";
}

/** Whether the creator of a key is no member any more; false where the server does not tell. */
/** @param {Place} place @param {ApiKey} key */
export const creatorLeft = (place, key) =>
  place.members !== null && key.created_by !== null && !place.members.some((member) => member.user_id === key.created_by);
