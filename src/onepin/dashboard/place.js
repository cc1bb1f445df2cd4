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
  const workspaces = await readWorkspaces();
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
  const role = members.find((member) => member.user_id === userId)?.role ?? "viewer";
  return { workspace, workspaces, role, owner: workspace.created_by === userId, userId, grantable, members };
}

/** Those one is in; none for somebody who has yet to accept an invitation. @returns {Promise<Workspace[]>} */
async function readWorkspaces() {
  try {
    return await readAll("workspaces");
  } catch (error) {
    if (error instanceof ApiError && error.code === "FORBIDDEN") return [];
    throw error;
  }
}

/** Members and pending invites, all of them. @param {string} workspace @returns {Promise<Member[]>} */
export const readMembers = async (workspace) => (await get(`workspaces/${workspace}/members`)).data;

/** @param {Place} place */
export const mayWrite = (place) => place.role !== "viewer";

/** Who made a key, in words; "" when nobody says. @param {Place} place @param {string | null} id */
export function creatorName(place, id) {
  if (id === null) return "";
  if (id === place.userId) return "You";
  const member = place.members.find((one) => one.user_id === id);
  return member ? memberName(member) : "";
}

