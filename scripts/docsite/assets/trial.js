// "Try it": sends the request to the server that this page came from, and to no other. The token stays in this page's
// memory and is gone when the page is left.
import { isElsewhere } from "./base.js";

const UUID = "a UUID";

export function offerTrial(make) {
  const box = document.querySelector(".try");
  if (!box) return;
  const call = JSON.parse(box.dataset.call);
  const fields = new Map();

  const field = (place, name, properties = {}) => {
    const input = make("input", { type: "text", spellcheck: false, autocomplete: "off", ...properties });
    fields.set(`${place} ${name}`, input);
    return make("label", {}, `${name} `, input);
  };
  const value = (place, name) => fields.get(`${place} ${name}`)?.value.trim() ?? "";

  const form = make("form");
  const real = call.method === "GET" ? "" : " What you send is really done.";
  form.append(make("p", { className: "note", textContent: `Asks ${location.origin}, nobody else.${real}` }));
  if (call.credentials.length) {
    form.append(field("token", call.credentials.join(" or "), { type: "password", placeholder: "kept in this page only" }));
  }
  for (const name of call.pathFields) {
    form.append(field("path", name, { required: true, placeholder: name.endsWith("_id") ? UUID : "" }));
  }
  for (const name of call.queryFields) form.append(field("query", name));
  for (const name of call.headerFields) form.append(field("header", name));
  const body = make("textarea", { rows: 4, spellcheck: false, value: JSON.stringify(call.body, null, 2) });
  if (call.body) form.append(make("label", {}, "Body ", body));
  const button = make("button", { type: "submit", textContent: `Send ${call.method}` });
  const status = make("p", { role: "status" });
  const shown = make("code");
  const answer = make("div", { className: "code", hidden: true }, make("pre", { tabIndex: 0 }, shown));
  form.append(button, status, answer);

  const request = () => {
    const path = call.path.replace(/{(\w+)}/g, (_, name) => encodeURIComponent(value("path", name)));
    const query = new URLSearchParams(call.queryFields.map((name) => [name, value("query", name)]).filter(([, v]) => v));
    const headers = Object.fromEntries(call.headerFields.map((name) => [name, value("header", name)]).filter(([, v]) => v));
    const token = value("token", call.credentials.join(" or "));
    if (token) headers.Authorization = `Bearer ${token}`;
    if (call.body) headers["Content-Type"] = "application/json";
    const url = `${document.body.dataset.prefix}${path}${query.size ? `?${query}` : ""}`;
    return [url, { method: call.method, headers, body: call.body ? body.value : undefined, credentials: "omit" }];
  };

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (isElsewhere()) {
      status.textContent = `Nothing was sent: "Try it" only asks ${location.origin}, and the base URL is another server's.`;
      answer.hidden = true;
      return;
    }
    button.disabled = true;
    status.textContent = "…";
    try {
      const response = await fetch(...request());
      const text = await response.text();
      status.textContent = `HTTP ${response.status}`;
      try {
        shown.textContent = JSON.stringify(JSON.parse(text), null, 2);
      } catch {
        shown.textContent = text;
      }
      answer.hidden = false;
    } catch (error) {
      status.textContent = `Nothing was sent: ${error.message}`;
      answer.hidden = true;
    }
    button.disabled = false;
  });

  box.append(make("details", {}, make("summary", { textContent: "Try it" }), form));
  box.hidden = false;
}
