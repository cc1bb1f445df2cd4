// A peer of verify: better-auth's API-key plugin by its quickstart, on Node's own HTTP server: `server.mjs PORT FORM`.
//
// quickstart  keys in SQLite through the recommended driver, found by the index that the plugin's migration makes
// cached      its best with the keys in SQLite: a write-ahead log that no commit waits for; "secondary-storage" before
//             it, which its pages recommend, in a Map of this process, where no Redis is nearer; updates deferred
// memory      the same without SQLite: only the Map, so keys and counters are gone when the process ends
//
// Its limit per key is on, as it is by default; ten requests a day are raised to what nobody reaches. Each key has an
// owner of its own: from a Map alone, every check reads the whole list of its owner's keys.

import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { apiKey, defaultKeyHasher } from "@better-auth/api-key";
import { betterAuth } from "better-auth";
import { getMigrations } from "better-auth/db/migration";
import Database from "better-sqlite3";

const [port, form] = process.argv.slice(2);
const [mapped, durable] = [form !== "quickstart", form !== "memory"];
const database = new Database(`${process.env.BENCH_FOLDER}/peer.db`);
for (const pragma of mapped ? ["journal_mode = WAL", "synchronous = NORMAL"] : []) database.pragma(pragma);
const limit = { enabled: true, timeWindow: 60_000, maxRequests: 1_000_000 };
const storage = mapped ? "secondary-storage" : "database";
const held = new Map();
const options = {
  baseURL: `http://127.0.0.1:${port}`,
  secret: "of-a-benchmark-and-of-nothing-else-in-the-world",
  database,
  plugins: [apiKey({ rateLimit: limit, storage, deferUpdates: mapped, fallbackToDatabase: durable })],
  advanced: { backgroundTasks: { handler: (task) => void task } },
};
const get = (name) => held.get(name) ?? null;
const set = (name, value) => void held.set(name, value);
if (mapped) options.secondaryStorage = { get, set, delete: (name) => void held.delete(name) };
await (await getMigrations(options)).runMigrations();
const auth = betterAuth(options);

const now = new Date().toISOString();
const insert = database.prepare(`INSERT INTO apikey (id, key, referenceId, createdAt, updatedAt, permissions, configId,
  enabled, rateLimitEnabled, rateLimitTimeWindow, rateLimitMax, requestCount)
  VALUES (?, ?, ?, ?, ?, ?, 'default', 1, 1, ${limit.timeWindow}, ${limit.maxRequests}, 0)`);
database.exec("BEGIN");
for (const [number, text] of readFileSync(`${process.env.BENCH_FOLDER}/keys`, "utf-8").split("\n").entries()) {
  insert.run(`key-${number}`, await defaultKeyHasher(text), `user-${number}`, now, now, '{"workflows":["read"]}');
}
database.exec("COMMIT");
if (!durable) for (const key of database.prepare("SELECT * FROM apikey").all())
  set(`api-key:${key.key}`, JSON.stringify({ ...key, enabled: true, rateLimitEnabled: true }));

createServer(async (request, response) => {
  const body = { key: request.headers.authorization?.slice("Bearer ".length) ?? "" };
  const { valid, key } = request.url === "/health" ? { valid: true } : await auth.api.verifyApiKey({ body });
  response.statusCode = valid ? 200 : 401;
  response.setHeader("Content-Type", "application/json");
  response.end(JSON.stringify({ key_id: key?.id, user_id: key?.referenceId, permissions: key?.permissions }));
}).listen(Number(port), "127.0.0.1");
