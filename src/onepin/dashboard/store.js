/** A value that components watch. */

import { useEffect, useState } from "./view.js";

/**
 * @template T
 */
export class Store {
  /** @param {T} value */
  constructor(value) {
    this.value = value;
    /** @type {Set<() => void>} */
    this.watchers = new Set();
  }

  /** @param {T} value */
  set(value) {
    this.value = value;
    for (const tell of [...this.watchers]) tell();
  }
}

/**
 * The store's value, for as long as the component is there.
 * @template T
 * @param {Store<T>} store
 * @returns {T}
 */
export function useStore(store) {
  const [, again] = useState({});
  useEffect(() => {
    const tell = () => again({});
    store.watchers.add(tell);
    tell();
    return () => void store.watchers.delete(tell);
  }, [store]);
  return store.value;
}
