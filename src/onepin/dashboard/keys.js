/** Reading keys: a page of the list, or a search through many pages, and what each was used for. */

import { get } from "./api.js";
import { stateOf } from "./format.js";

export const PAGE = 50;
/** How many keys one search reads before it asks whether to go on. */
export const SEARCHED_AT_ONCE = 2000;

/** @typedef {{text: string, state: string, scope: string, creator: string, unused: string, sort: string}} Filters */

/** @type {Filters} */
export const NO_FILTERS = { text: "", state: "all", scope: "", creator: "", unused: "", sort: "newest" };

/** What the server can filter by itself. @param {string} state */
export const statusFor = (state) => ({ active: "active", grace: "active", paused: "revoked", revoked: "revoked" })[state] ?? "all";

/** Whether a page of the server's list already is the answer. @param {Filters} filters */
export function serverCan(filters) {
  const { text, state, scope, creator, unused, sort } = filters;
  return !text && !scope && !creator && !unused && sort === "newest" && (state === "all" || state === "active");
}

/** @param {Filters} filters @param {ApiKey} key */
export function matches(filters, key) {
  const text = filters.text.trim().toLowerCase();
  if (text && ![key.name, key.preview, key.id].some((field) => field.toLowerCase().includes(text))) return false;
  const state = stateOf(key);
  if (filters.state === "active" ? state !== "active" && state !== "grace" : filters.state !== "all" && state !== filters.state) return false;
  if (filters.scope && !key.scopes.includes(filters.scope)) return false;
  if (filters.creator && key.created_by !== filters.creator) return false;
  return !filters.unused || unusedFor(key, filters.unused);
}

/** @param {ApiKey} key @param {string} days "never", or a number of days */
export function unusedFor(key, days) {
  if (days === "never") return key.last_used_at === null;
  return Date.parse(key.last_used_at ?? key.created_at) < Date.now() - Number(days) * 86_400_000;
}

/** @type {Record<string, (a: ApiKey, b: ApiKey) => number>} */
const ORDERS = {
  newest: (a, b) => b.created_at.localeCompare(a.created_at),
  oldest: (a, b) => a.created_at.localeCompare(b.created_at),
  name: (a, b) => a.name.localeCompare(b.name),
  used: (a, b) => (b.last_used_at ?? "").localeCompare(a.last_used_at ?? ""),
  unused: (a, b) => (a.last_used_at ?? "").localeCompare(b.last_used_at ?? ""),
};

/** @param {ApiKey[]} keys @param {string} order */
export const sorted = (keys, order) => [...keys].sort(ORDERS[order] ?? ORDERS.newest);

/** @param {string} workspace @param {{status: string, offset: number, limit?: number}} query @returns {Promise<Answer<ApiKey[]>>} */
export const listPage = (workspace, { status, offset, limit = PAGE }) => get("api-keys", { workspace, query: { status, offset, limit, include: "creator_left" } });

/**
 * Read keys from the newest on, page after page, telling how far it is, until `most` are read or all.
 * A key made meanwhile moves the pages by one; none is counted twice.
 * @param {string} workspace
 * @param {string} status
 * @param {number} most
 * @param {(found: {keys: ApiKey[], total: number}) => boolean} tell false stops the reading
 */
export async function readMany(workspace, status, most, tell) {
  /** @type {Map<string, ApiKey>} */
  const seen = new Map();
  for (let offset = 0; ; offset += 100) {
    const { data, pagination } = await listPage(workspace, { status, offset, limit: 100 });
    for (const key of /** @type {ApiKey[]} */ (data)) seen.set(key.id, key);
    const go = tell({ keys: [...seen.values()], total: pagination.total });
    if (!go || !pagination.next || seen.size >= most) return;
  }
}

/** @type {Map<string, {at: number, usage: Promise<UseOfKey>}>} */
const weeks = new Map();
const WEEK_GOOD_MS = 60_000;
const TOGETHER = 4;
let running = 0;
/** @type {(() => void)[]} */
const waiting = [];

/** The last seven days of a key; few are asked at a time, and not again within a minute. @param {ApiKey} key */
export function weekOf(key) {
  const known = weeks.get(key.id);
  if (known && Date.now() - known.at < WEEK_GOOD_MS) return known.usage;
  const usage = inTurn(async () => /** @type {UseOfKey} */ ((await get(`api-keys/${key.id}/usage`, { workspace: key.workspace_id, query: { window: "7d" } })).data));
  if (weeks.size > 500) weeks.clear();
  weeks.set(key.id, { at: Date.now(), usage });
  usage.catch(() => weeks.delete(key.id));
  return usage;
}

/** @template T @param {() => Promise<T>} work @returns {Promise<T>} */
async function inTurn(work) {
  if (running >= TOGETHER) await new Promise((resolve) => waiting.push(() => resolve(null)));
  running += 1;
  try {
    return await work();
  } finally {
    running -= 1;
    waiting.shift()?.();
  }
}
