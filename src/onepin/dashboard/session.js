/**
 * Who is signed in. The token lives in this module's memory and nowhere else: not in storage, not in an address.
 *
 * With local sign-in a cookie that scripts can't read buys a new token from one route; with Clerk its component does.
 */

import { about } from "./about.js";
import { clerkSignOut, clerkToken } from "./clerk.js";
import { Store } from "./store.js";

/** `out`: nobody is signed in. `ended`: somebody was, and their page stays as it is until they are again. */
/** @type {Store<{status: "starting" | "out" | "in" | "ended", notice: string}>} */
export const session = new Store({ status: "starting", notice: "" });

const LOCAL = `${about.base}/api/v1/auth/local`;
const EARLY_MS = 20_000;
/** Not a secret: that somebody signed in here, so that asking with the cookie makes sense. */
const HINT = "onepin.signed-in";
let token = "";
let goodUntil = 0;
/** @type {Promise<boolean> | null} */
let renewing = null;
const tabs = new BroadcastChannel("onepin");

/** A token that is good for some seconds at least, or "" when there is none to be had. */
export async function currentToken() {
  if (token && Date.now() < goodUntil - EARLY_MS) return token;
  return (await renew()) ? token : "";
}

/** Get a new token; false when nobody is signed in. Throws when the server can't be asked. */
export function renew() {
  renewing ??= (about.clerk ? renewWithClerk() : renewWithCookie()).finally(() => {
    renewing = null;
  });
  return renewing;
}

async function renewWithCookie() {
  if (localStorage.getItem(HINT) === null) return false;
  const answer = await fetch(`${LOCAL}/token`, { method: "POST" });
  if (answer.status === 401 || answer.status === 403 || answer.status === 404) {
    token = "";
    localStorage.removeItem(HINT);
    return false;
  }
  if (!answer.ok) throw new TypeError(`sign-in answered ${answer.status}`);
  keep((await answer.json()).data);
  return true;
}

async function renewWithClerk() {
  const fresh = await clerkToken();
  if (!fresh) return false;
  token = fresh;
  goodUntil = Date.now() + 50_000;
  entered();
  return true;
}

/** @param {{token: string, expires_at: string}} data */
function keep(data) {
  token = data.token;
  goodUntil = Date.parse(data.expires_at);
  entered();
}

function entered() {
  if (session.value.status !== "in") session.set({ status: "in", notice: "" });
}

/**
 * Use a one-time link. Returns "" when it worked, else what to tell the person.
 * @param {string} code
 */
export async function useLink(code) {
  try {
    const answer = await fetch(`${LOCAL}/sign-in`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ code }),
    });
    const body = await answer.json();
    if (!answer.ok) return String(body.error.message);
    localStorage.setItem(HINT, "yes");
    keep(body.data);
    tabs.postMessage("in");
    return "";
  } catch {
    return "The server can't be reached. Is it running? Your link is still good: try again.";
  }
}

/** The code in a sign-in link, in its fragment, or in itself; "" when there is none. @param {string} text */
export function codeIn(text) {
  return /(?:^|#sign-in=)([A-Za-z0-9_-]{43})$/.exec(text.trim())?.[1] ?? "";
}

/** The server no longer takes our token: keep the page, ask to sign in again. */
export function ended() {
  token = "";
  if (session.value.status === "in") session.set({ status: "ended", notice: "" });
  else if (session.value.status === "starting") session.set({ status: "out", notice: "" });
}

/** @param {string} notice */
export function nobody(notice) {
  session.set({ status: "out", notice });
}

export async function signOut() {
  try {
    if (about.clerk) await clerkSignOut();
    else await fetch(`${LOCAL}/token`, { method: "DELETE" });
  } catch {
    return "The server can't be reached, so this browser is still signed in. Try again.";
  }
  tabs.postMessage("out");
  leave();
  return "";
}

/** Forget everything that this page holds: the next person at this browser starts with an empty one. */
function leave() {
  token = "";
  localStorage.removeItem(HINT);
  location.replace(`${location.pathname}#/sign-in?out`);
  location.reload();
}

tabs.addEventListener("message", ({ data }) => {
  if (data === "out") leave();
  else if (session.value.status !== "in") renew().catch(() => {});
});
