/** Calls of the REST API. Whatever goes wrong comes out as one kind of error, with a text that a person can act on. */

import { about } from "./about.js";
import { currentToken, ended, renew } from "./session.js";

const PATIENCE_MS = 20_000;

export class ApiError extends Error {
  /**
   * @param {string} code a code of the API, or NETWORK, or SIGNED_OUT
   * @param {string} message
   * @param {{field: string, message: string}[]} details
   * @param {string} requestId "" when no answer came
   */
  constructor(code, message, details = [], requestId = "") {
    super(message);
    this.code = code;
    this.details = details;
    this.requestId = requestId;
  }

  /** Whether the same request may work a moment later. */
  get passing() {
    return this.code === "NETWORK" || this.code === "UNAVAILABLE" || this.code === "RATE_LIMITED";
  }
}

/**
 * @typedef {object} Options
 * @property {Record<string, string | number | undefined | null>} [query]
 * @property {unknown} [body]
 * @property {string} [workspace] the workspace to act in
 * @property {string} [once] an Idempotency-Key: the same value twice is one key
 */

/**
 * Call an operation and give its whole answer.
 * @param {string} method
 * @param {string} path below /api/v1
 * @param {Options} [options]
 * @returns {Promise<Answer<any>>}
 */
export async function call(method, path, options = {}) {
  let token = await tokenOrError();
  let answer = await send(method, path, options, token);
  if (answer.status === 401 && (await renewed())) {
    token = await tokenOrError();
    answer = await send(method, path, options, token);
  }
  if (answer.status === 401) {
    ended();
    throw new ApiError("SIGNED_OUT", "Your session has ended. Sign in again and go on: nothing you typed is lost.");
  }
  const body = await readJson(answer);
  if (!answer.ok) {
    const { code, message, details } = body.error;
    throw new ApiError(code, message, details, body.meta.request_id);
  }
  return body;
}

/** @type {(path: string, options?: Options) => Promise<Answer<any>>} */
export const get = (path, options) => call("GET", path, options);

async function tokenOrError() {
  let token = "";
  try {
    token = await currentToken();
  } catch {
    throw unreachable();
  }
  if (token) return token;
  ended();
  throw new ApiError("SIGNED_OUT", "Your session has ended. Sign in again and go on: nothing you typed is lost.");
}

async function renewed() {
  try {
    return await renew();
  } catch {
    throw unreachable();
  }
}

/**
 * @param {string} method
 * @param {string} path
 * @param {Options} options
 * @param {string} token
 */
async function send(method, path, options, token) {
  const url = new URL(`${about.base}/api/v1/${path}`, location.origin);
  for (const [name, value] of Object.entries(options.query ?? {})) {
    if (value !== undefined && value !== null && value !== "") url.searchParams.set(name, String(value));
  }
  /** @type {Record<string, string>} */
  const headers = { Authorization: `Bearer ${token}` };
  if (options.workspace) headers["X-Workspace-Id"] = options.workspace;
  if (options.once) headers["Idempotency-Key"] = options.once;
  if (options.body !== undefined) headers["Content-Type"] = "application/json";
  const body = options.body === undefined ? undefined : JSON.stringify(options.body);
  try {
    // Without cookies: the token alone says who calls.
    const signal = AbortSignal.timeout(PATIENCE_MS);
    return await fetch(url, { method, headers, body, signal, credentials: "omit", cache: "no-store" });
  } catch {
    throw unreachable();
  }
}

/** @param {Response} answer */
async function readJson(answer) {
  try {
    return await answer.json();
  } catch {
    throw new ApiError("NETWORK", `Something between here and the server answered ${answer.status}. Try again.`);
  }
}

function unreachable() {
  return new ApiError("NETWORK", "The server can't be reached. Nothing is lost; try again in a moment.");
}

/** A value for Idempotency-Key. Not randomUUID: that is missing on plain http. */
export function newOnce() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
