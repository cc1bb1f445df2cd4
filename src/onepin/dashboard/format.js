/** Numbers, dates and words, in the person's own locale. */

const whole = new Intl.NumberFormat();
const exact = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });
const day = new Intl.DateTimeFormat(undefined, { dateStyle: "medium" });
const relative = new Intl.RelativeTimeFormat(undefined, { numeric: "auto" });

/** @type {[Intl.RelativeTimeFormatUnit, number][]} */
const UNITS = [
  ["year", 31_536_000],
  ["month", 2_592_000],
  ["day", 86_400],
  ["hour", 3600],
  ["minute", 60],
];

/** @param {number} value */
export const number = (value) => whole.format(value);
/** @param {string} moment */
export const exactly = (moment) => exact.format(new Date(moment));
/** @param {string} moment */
export const onDay = (moment) => day.format(new Date(moment));

/** "5 minutes ago", "in 3 days". @param {string} moment @param {number} [now] */
export function ago(moment, now = Date.now()) {
  const seconds = (Date.parse(moment) - now) / 1000;
  for (const [unit, length] of UNITS) {
    if (Math.abs(seconds) >= length) return relative.format(Math.trunc(seconds / length), unit);
  }
  return seconds > 5 ? "in a moment" : "just now";
}

/** "1 key", "3 keys". @param {number} count @param {string} one @param {string} [many] */
export const counted = (count, one, many = `${one}s`) => `${number(count)} ${count === 1 ? one : many}`;

/** @param {Counts} counts */
export const requests = (counts) => counts.ok + counts.rate_limited + counts.insufficient_scope;
/** @param {Counts} counts */
export const refused = (counts) => counts.rate_limited + counts.insufficient_scope;

/** @type {[Outcome, string][]} */
export const OUTCOMES = [
  ["ok", "Admitted"],
  ["rate_limited", "Over the limit (429)"],
  ["insufficient_scope", "Lacking a scope (403)"],
];

/** The state of a key at this moment. @param {ApiKey} key @returns {KeyState} */
export function stateOf(key) {
  if (key.revoked_at || (key.expires_at && Date.parse(key.expires_at) <= Date.now())) return "revoked";
  if (key.expires_at) return "grace";
  return key.active ? "active" : "paused";
}

/** @type {Record<KeyState, string>} */
export const STATE_NAMES = { active: "Active", grace: "In grace", paused: "Paused", revoked: "Revoked" };

/** How people call somebody. @param {Member} member */
export function memberName(member) {
  return [member.first_name, member.last_name].filter(Boolean).join(" ") || member.email || "A member";
}
