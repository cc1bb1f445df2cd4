/** Clerk's own sign-in, loaded from the Frontend API host of the deployment's instance. */

import { about } from "./about.js";

/** @type {Promise<any> | null} */
let loading = null;

/** Clerk, loaded and started. Its versions are pinned by major, as its documentation says. */
export function clerk() {
  loading ??= new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = `${about.clerk}/npm/@clerk/clerk-js@5/dist/clerk.browser.js`;
    script.dataset.clerkPublishableKey = about.clerkKey ?? "";
    script.crossOrigin = "anonymous";
    script.addEventListener("load", async () => {
      await window.Clerk.load();
      resolve(window.Clerk);
    });
    script.addEventListener("error", () => {
      loading = null;
      script.remove();
      reject(new TypeError("Clerk can't be reached"));
    });
    document.head.append(script);
  });
  return loading;
}

/** A token of the signed-in person, or null. @returns {Promise<string | null>} */
export async function clerkToken() {
  const { session } = await clerk();
  return session ? session.getToken({ skipCache: true }) : null;
}

export async function clerkSignOut() {
  await (await clerk()).signOut();
}
