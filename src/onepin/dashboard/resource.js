/** Data that a component loads: what there is of it, what went wrong, and how to ask again. */

import { ApiError } from "./api.js";
import { useCallback, useEffect, useRef, useState } from "./view.js";
import { session } from "./session.js";
import { useStore } from "./store.js";

const AGAIN_MS = 3000;

/**
 * @template T
 * @typedef {{data: T | null, error: ApiError | null, loading: boolean, reload: () => void, set: (data: T) => void}} Resource
 */

/**
 * Load when the component appears and whenever `keys` change. What fails for a passing reason is tried again by
 * itself, old data stays on the page meanwhile.
 * @template T
 * @param {() => Promise<T>} load
 * @param {unknown[]} keys
 * @param {{everyMs?: number}} [options] ask again every so often, while the page can be seen
 * @returns {Resource<T>}
 */
export function useResource(load, keys, { everyMs = 0 } = {}) {
  const { status } = useStore(session);
  const [state, setState] = useState(
    /** @type {{data: T | null, error: ApiError | null, loading: boolean}} */ ({ data: null, error: null, loading: true }),
  );
  const [turn, setTurn] = useState(0);
  const running = useRef(0);
  const keyed = useRef(JSON.stringify(keys));
  const reload = useCallback(() => setTurn((n) => n + 1), []);
  const set = useCallback((/** @type {T} */ data) => {
    running.current += 1; // what is still on its way is older than this
    setState({ data, error: null, loading: false });
  }, []);

  useEffect(() => {
    if (status !== "in") return;
    const mine = ++running.current;
    const other = keyed.current !== JSON.stringify(keys);
    keyed.current = JSON.stringify(keys);
    setState((before) => ({ data: other ? null : before.data, error: before.error, loading: true }));
    load().then(
      (data) => mine === running.current && setState({ data, error: null, loading: false }),
      (error) => {
        if (mine !== running.current) return;
        setState((before) => ({ data: before.data, error: asApiError(error), loading: false }));
      },
    );
  }, [turn, status, ...keys]);

  useEffect(() => {
    const waits = state.error?.passing ? AGAIN_MS : everyMs;
    if (!waits || state.loading) return;
    const timer = setTimeout(() => (document.hidden ? whenSeen(reload) : reload()), waits);
    return () => clearTimeout(timer);
  }, [state, everyMs]);

  return { ...state, reload, set };
}

/** @param {() => void} act */
function whenSeen(act) {
  document.addEventListener("visibilitychange", act, { once: true });
}

/** @param {unknown} error */
export function asApiError(error) {
  if (error instanceof ApiError) return error;
  console.error(error);
  return new ApiError("PAGE", "This page failed. Reload it; if that does not help, report what you did.");
}

/**
 * Run one action at a time: a second click while it runs does nothing.
 * @returns {{busy: boolean, error: ApiError | null, run: (work: () => Promise<void>) => Promise<void>, clear: () => void}}
 */
export function useAction() {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState(/** @type {ApiError | null} */ (null));
  const running = useRef(false);
  const run = useCallback(async (/** @type {() => Promise<void>} */ work) => {
    if (running.current) return;
    running.current = true;
    setBusy(true);
    setError(null);
    try {
      await work();
    } catch (failure) {
      setError(asApiError(failure));
    } finally {
      running.current = false;
      setBusy(false);
    }
  }, []);
  return { busy, error, run, clear: useCallback(() => setError(null), []) };
}
