/** Commands and code to paste. Values that people choose are quoted for the shell they go into. */

import { address } from "./about.js";

/** A word for sh, as it is. @param {string} text */
export const quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`;

/** With the key filled in, for the one-time screen. @param {string} secret @returns {[string, string][]} */
export function withSecret(secret) {
  return [
    ["curl", `curl ${address}/api/v1/auth/whoami \\\n  -H 'Authorization: Bearer ${secret}'`],
    ["Python", python(`"${secret}"`)],
    ["CLI", `onepin login --base-url ${address} --key ${secret}\nonepin whoami`],
  ];
}

/** @param {string} secret */
export const envLine = (secret) => `ONEPIN_API_KEY=${secret}\n`;

/** @param {string} key Python for the secret */
function python(key) {
  return [
    "import json, os, urllib.request",
    "",
    `request = urllib.request.Request("${address}/api/v1/auth/whoami")`,
    `request.add_header("Authorization", f"Bearer {${key}}")`,
    'print(json.load(urllib.request.urlopen(request))["data"])',
  ].join("\n");
}

/** How to use a key, and how to ask for one. @param {string} workspace @returns {[string, string][]} */
export function forKey(workspace) {
  return [
    ["curl", `curl ${address}/api/v1/auth/whoami \\\n  -H "Authorization: Bearer $ONEPIN_API_KEY"`],
    ["Python", python('os.environ["ONEPIN_API_KEY"]')],
    [
      "nginx",
      [
        "location /api/ {",
        "    auth_request /_onepin;",
        "    proxy_pass http://127.0.0.1:9000;",
        "}",
        "location = /_onepin {",
        "    internal;",
        `    proxy_pass ${address}/api/v1/auth/check?workspace=${workspace};`,
        "    proxy_pass_request_body off;",
        '    proxy_set_header Content-Length "";',
        "    proxy_set_header Authorization $http_authorization;",
        "}",
      ].join("\n"),
    ],
  ];
}

/** @param {string} workspace */
export const createCommand = (workspace) =>
  [
    `curl -X POST ${address}/api/v1/api-keys \\`,
    '  -H "Authorization: Bearer $(onepin token)" \\',
    `  -H 'X-Workspace-Id: ${workspace}' \\`,
    "  -H 'Content-Type: application/json' \\",
    `  -d '{"name": "My first key"}'`,
  ].join("\n");
