// What the API answers, as the dashboard reads it. The contract is /openapi.json.

type Role = "admin" | "editor" | "viewer";
type Outcome = "ok" | "rate_limited" | "insufficient_scope";
type Counts = Record<Outcome, number>;
type Bucket = Counts & { start: string };
type UsageWindow = "1h" | "24h" | "7d" | "30d" | "12m";

interface ApiKey {
  id: string;
  workspace_id: string;
  created_by: string | null;
  name: string;
  preview: string;
  scopes: string[];
  active: boolean;
  last_used_at: string | null;
  rate_limit_per_min: number | null;
  revoked_at: string | null;
  created_at: string;
  updated_at: string;
  expires_at?: string | null;
  creator_left?: boolean;
}
type ApiKeyCreated = ApiKey & { api_key: string };
type KeyState = "active" | "grace" | "paused" | "revoked";

interface Workspace {
  id: string;
  name: string;
  slug: string;
  color_idx: number;
  created_by: string;
  created_at: string;
}

interface Member {
  id: string;
  email: string;
  role: Role;
  status: "active" | "invited";
  user_id: string | null;
  first_name: string | null;
  last_name: string | null;
  last_active_at: string | null;
}

interface InviteCreated {
  id: string;
  email: string;
  role: Role;
  expires_at: string;
  link: string;
}

interface UsedKey extends Counts {
  api_key_id: string;
  name: string;
  preview: string;
}
interface UsageSummary {
  window: UsageWindow;
  since: string;
  totals: Counts;
  keys_used: number;
  top_keys: UsedKey[];
  refusals: UsedKey[];
}
interface UseOfKey {
  window: UsageWindow;
  granularity: "minute" | "hour" | "day";
  series: Bucket[];
  totals: Counts;
  last_used_at: string | null;
}
interface ActivityEvent {
  id: string;
  timestamp: string;
  action: string;
  kind: string;
  actor_kind: "user" | "system" | "operator";
  user: { id: string; name: string } | null;
  resource: { type: string; id: string | null; name: string | null };
  metadata: Record<string, unknown>;
  request_id: string | null;
}

/** A device that asks to sign in as somebody. */
interface WaitingDevice {
  user_code: string;
  client: string;
  address: string | null;
  created_at: string;
  expires_at: string;
}
/** A device that is signed in. */
interface Session {
  id: string;
  client: string;
  created_at: string;
  last_used_at: string;
  expires_at: string;
  current: boolean;
}

interface Pagination {
  next: string | null;
  prev: string | null;
  limit: number;
  total: number;
  cursor?: string | null;
}
interface Answer<T> {
  data: T;
  pagination: Pagination;
  meta: { request_id: string; timestamp: string };
}

/** What the server tells the page in its head. */
interface About {
  base: string;
  version: string;
  local: boolean;
  clerk: string | null;
  clerkKey: string | null;
  defaultScopes: string[];
  defaultLimit: number | null;
  address: string | null;
}

/** Who is signed in, where, and what they may do there. */
interface Place {
  workspace: Workspace;
  workspaces: Workspace[];
  role: Role;
  owner: boolean;
  userId: string;
  grantable: string[];
  members: Member[];
}

interface Window {
  Clerk?: any;
}
