/** The table of keys: search, filter, sort, pages, and pausing or revoking several at once. */

import { docs } from "../about.js";
import { counted, number } from "../format.js";
import { NO_FILTERS, PAGE, SEARCHED_AT_ONCE, listPage, matches, readMany, serverCan, sorted, statusFor } from "../keys.js";
import { BulkBar } from "../parts/bulk.js";
import { CopyButton } from "../parts/copy.js";
import { LoadError } from "../parts/errors.js";
import { KeyFilters } from "../parts/key_filters.js";
import { KeyTable } from "../parts/key_table.js";
import { Page } from "../parts/page.js";
import { Code, Empty, Skeleton } from "../parts/state.js";
import { mayWrite, usePlace } from "../place.js";
import { asApiError, useResource } from "../resource.js";
import { go } from "../router.js";
import { session } from "../session.js";
import { createCommand } from "../snippets.js";
import { useStore } from "../store.js";
import { html, useEffect, useMemo, useState } from "../view.js";

/** @typedef {import("../keys.js").Filters} Filters */

/** @param {{route: import("../router.js").Route}} props */
export function KeysPage({ route }) {
  const place = usePlace();
  const { workspace } = place;
  const filters = readFilters(route.query);
  const offset = Math.max(0, Number(route.query.get("from")) || 0);
  const change = (/** @type {Partial<Filters>} */ wanted, from = 0) => {
    go(addressOf(workspace.slug, { ...filters, ...wanted }, from), { replace: true });
  };
  useShortcuts(workspace.slug, mayWrite(place), () => change(NO_FILTERS));
  const found = useKeys(workspace.id, filters, offset);
  const [chosen, setChosen] = useState(/** @type {Set<string>} */ (new Set()));
  const shown = found.keys;
  useEffect(() => setChosen(new Set()), [route.hash]);
  const selected = (shown ?? []).filter((key) => chosen.has(key.id));
  const plain = JSON.stringify(filters) === JSON.stringify(NO_FILTERS);
  const none = shown?.length === 0 && plain && offset === 0 && found.complete;
  const actions = mayWrite(place) && html`<a class="button primary" href=${`#/${workspace.slug}/keys/new`}>New key</a>`;
  return html`
    <${Page} title="Keys" where=${workspace.name} actions=${actions}>
      ${!none && html`<${KeyFilters} filters=${filters} change=${change} />`}
      ${found.error && html`<${LoadError} error=${found.error} retry=${found.reload} />`}
      ${none && html`<${NoKeys} />`}
      ${!none && html`<${Told} found=${found} plain=${plain} />`}
      ${selected.length > 0 && html`<${BulkBar} keys=${selected} done=${() => (setChosen(new Set()), found.reload())} clear=${() => setChosen(new Set())} />`}
      ${!shown && !found.error && html`<${Skeleton} rows=${8} what="Loading keys" />`}
      ${shown && shown.length > 0 && html`<${KeyTable} keys=${shown} chosen=${chosen} choose=${setChosen} />`}
      ${shown?.length === 0 && !none && found.complete && html`<${NothingFound} clear=${() => change(NO_FILTERS)} />`}
      ${!none && html`<${Pages} offset=${offset} count=${found.count} turn=${(/** @type {number} */ from) => change({}, from)} />`}
    <//>
  `;
}

/** @param {URLSearchParams} query @returns {Filters} */
function readFilters(query) {
  const read = { ...NO_FILTERS };
  for (const name of /** @type {(keyof Filters)[]} */ (Object.keys(read))) read[name] = query.get(name) ?? read[name];
  return read;
}

/** @param {string} slug @param {Filters} filters @param {number} from */
function addressOf(slug, filters, from) {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(filters)) {
    if (value !== NO_FILTERS[/** @type {keyof Filters} */ (name)]) query.set(name, value);
  }
  if (from > 0) query.set("from", String(from));
  return `#/${slug}/keys${query.size > 0 ? `?${query}` : ""}`;
}

/**
 * @typedef {object} Found
 * @property {ApiKey[] | null} keys those of this page, or null while nothing is known
 * @property {number} count how many there are over all pages, as far as is known
 * @property {number} searched how many keys were looked at, when the browser had to look
 * @property {number} total how many there would have been to look at
 * @property {boolean} complete whether every key was considered
 * @property {import("../api.js").ApiError | null} error
 * @property {() => void} reload
 * @property {() => void} more look at more of them
 */

/** @param {string} workspace @param {Filters} filters @param {number} offset @returns {Found} */
function useKeys(workspace, filters, offset) {
  const simple = serverCan(filters);
  const status = statusFor(filters.state);
  const page = useResource(async () => (simple ? listPage(workspace, { status, offset }) : null), [workspace, status, offset, simple], { everyMs: 10_000 });
  const search = useSearch(workspace, status, !simple);
  const kept = useMemo(
    () => sorted((search.keys ?? []).filter((key) => matches(filters, key)), filters.sort),
    [search.keys, JSON.stringify(filters)],
  );
  if (simple) {
    const { data, error, reload } = page;
    const total = data?.pagination.total ?? 0;
    return { keys: data?.data ?? null, count: total, searched: 0, total, complete: data !== null, error, reload, more: () => {} };
  }
  const keys = search.keys && kept.slice(offset, offset + PAGE);
  return { ...search, keys: keys?.length === 0 && search.reading ? null : keys, count: kept.length };
}

/** Reads keys from the newest on for filters that the server does not have. @param {string} workspace @param {string} status @param {boolean} wanted */
function useSearch(workspace, status, wanted) {
  const none = { keys: /** @type {ApiKey[] | null} */ (null), searched: 0, total: 0, complete: false, reading: true };
  const [state, setState] = useState({ ...none, error: /** @type {import("../api.js").ApiError | null} */ (null) });
  const [turn, setTurn] = useState(0);
  const [most, setMost] = useState(SEARCHED_AT_ONCE);
  const signedIn = useStore(session).status === "in";
  useEffect(() => {
    if (!wanted || !signedIn) return;
    let mine = true;
    readMany(workspace, status, most, ({ keys, total }) => {
      if (mine) setState({ keys, searched: keys.length, total, complete: keys.length >= total, reading: true, error: null });
      return mine;
    }).then(
      () => mine && setState((before) => ({ ...before, reading: false })),
      (error) => mine && setState((before) => ({ ...before, reading: false, error: asApiError(error) })),
    );
    return () => {
      mine = false;
    };
  }, [workspace, status, wanted, most, turn, signedIn]);
  return { ...state, reload: () => setTurn((n) => n + 1), more: () => setMost((n) => n + SEARCHED_AT_ONCE) };
}

/** What the table shows, and what it does not. @param {{found: Found & {reading?: boolean}, plain: boolean}} props */
function Told({ found, plain }) {
  if (!found.keys && !found.searched) return html`<p class="told" role="status"></p>`;
  if (found.searched === 0) return html`<p class="told" role="status">${counted(found.count, "key")}${plain ? "" : " usable now"}.</p>`;
  const rest = found.total - found.searched;
  return html`
    <p class="told" role="status">
      ${found.reading && rest > 0 ? "Searching … " : ""}${number(found.count)} of the ${rest > 0 ? `newest ${counted(found.searched, "key")} match` : `${counted(found.searched, "key")} match`}.
      ${rest > 0 && !found.reading && html` ${counted(rest, "older key was", "older keys were")} not searched. <button type="button" class="small" onClick=${found.more}>Search ${number(Math.min(rest, SEARCHED_AT_ONCE))} more</button>`}
    </p>
  `;
}

/** @param {{offset: number, count: number, turn: (from: number) => void}} props */
function Pages({ offset, count, turn }) {
  if (count <= PAGE && offset === 0) return null;
  const last = Math.min(offset + PAGE, count);
  return html`
    <nav class="pages" aria-label="Pages of keys">
      <button type="button" disabled=${offset === 0} onClick=${() => turn(Math.max(0, offset - PAGE))}>Newer</button>
      <span>${number(Math.min(offset + 1, count))}–${number(last)} of ${number(count)}</span>
      <button type="button" disabled=${last >= count} onClick=${() => turn(offset + PAGE)}>Older</button>
    </nav>
  `;
}

function NoKeys() {
  const place = usePlace();
  const command = createCommand(place.workspace.id);
  if (!mayWrite(place)) return html`<${Empty} title="No keys yet"><p>Admins and editors of this workspace make keys. You will see them here.</p><//>`;
  return html`
    <${Empty} title="Make the first key">
      <p>A key lets a program call your API. You choose what it may do and how often; you see its secret once.</p>
      <p><a class="button primary" href=${`#/${place.workspace.slug}/keys/new`}>New key</a></p>
      <p class="quiet">Or from a terminal:</p>
      <div class="left"><${Code} code=${command} label="Command that makes a key" /><${CopyButton} text=${command} label="Copy the command" small /></div>
      <p class="quiet">Read on: <a href=${docs("get-started/quickstart")}>the first key, step by step</a> · <a href=${docs("how-to")}>in front of your API</a></p>
    <//>
  `;
}

/** @param {{clear: () => void}} props */
function NothingFound({ clear }) {
  return html`<${Empty} title="No key matches"><p><button type="button" onClick=${clear}>Clear search and filters</button></p><//>`;
}

/** `/` searches, `n` makes a new key, Esc clears. @param {string} slug @param {boolean} mayMake @param {() => void} clear */
function useShortcuts(slug, mayMake, clear) {
  useEffect(() => {
    const onKey = (/** @type {KeyboardEvent} */ event) => {
      const target = /** @type {HTMLElement} */ (event.target);
      const typing = target.matches("input:not([type=checkbox]), textarea, select");
      if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open], :popover-open")) return;
      if (event.key === "Escape" && target.matches("input[type=search]")) {
        clear();
      } else if (typing) {
        return;
      } else if (event.key === "/") {
        event.preventDefault();
        /** @type {HTMLElement | null} */ (document.querySelector("input[type=search]"))?.focus();
      } else if (event.key === "n" && mayMake) {
        event.preventDefault();
        go(`#/${slug}/keys/new`);
      }
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  });
}
