// In place of Clerk's component, as far as the dashboard uses it. Served by the stand-in for Clerk's host.
(() => {
  const listeners = new Set();
  let user = localStorage.getItem("stand-in") === "in";
  const tell = () => listeners.forEach((listener) => listener({}));
  window.Clerk = {
    async load() {},
    get session() {
      return user ? { getToken: async () => (await fetch(`${window.Clerk.host}/token`)).text() } : null;
    },
    mountSignIn(box) {
      const button = document.createElement("button");
      button.textContent = "Continue with the stand-in";
      button.onclick = () => {
        user = true;
        localStorage.setItem("stand-in", "in");
        tell();
      };
      box.append(button);
    },
    unmountSignIn(box) {
      box?.replaceChildren();
    },
    addListener(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    async signOut() {
      user = false;
      localStorage.removeItem("stand-in");
    },
  };
  window.Clerk.host = new URL(document.currentScript.src).origin;
})();
