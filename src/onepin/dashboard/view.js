/** The view library: Preact's rendering and hooks, and htm's templates bound to it. */

import htm from "./vendor/htm.js";
import { h } from "./vendor/preact.js";

export const html = htm.bind(h);
export { createContext, render } from "./vendor/preact.js";
export { useCallback, useContext, useEffect, useMemo, useRef, useState } from "./vendor/hooks.js";
