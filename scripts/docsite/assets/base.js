// The address in the examples: the server's own, or the one that the reader put there, kept in this browser.
const KEPT = "onepin-docs-base";

export function base() {
  return localStorage.getItem(KEPT) ?? document.querySelector("span.base")?.textContent ?? location.origin;
}

// Whether the reader has put another server there than the one that this page comes from.
export function isElsewhere() {
  const kept = localStorage.getItem(KEPT);
  return kept !== null && new URL(kept).origin !== location.origin;
}

export function offerBase(make) {
  const places = [...document.querySelectorAll("span.base")];
  const box = document.querySelector("section.samples");
  if (!places.length || !box) return;
  const own = places[0].textContent;
  const show = (address) => places.forEach((place) => (place.textContent = address));
  const input = make("input", { type: "url", value: base(), spellcheck: false, id: "base", placeholder: own });
  input.addEventListener("input", () => {
    const address = input.value.trim().replace(/\/+$/, "");
    if (!address || address === own) localStorage.removeItem(KEPT);
    else if (URL.canParse(address)) localStorage.setItem(KEPT, address);
    else return;
    show(address || own);
  });
  box.prepend(make("p", { className: "base-line" }, make("label", { htmlFor: "base", textContent: "Base URL" }), input));
  show(base());
}
