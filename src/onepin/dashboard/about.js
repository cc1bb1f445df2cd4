/** What the server says about itself in the page's head. */

const meta = /** @type {HTMLMetaElement} */ (document.querySelector('meta[name="onepin"]'));

/** @type {About} */
export const about = JSON.parse(meta.content);

/** Where clients reach this server, without a slash at the end. */
export const address = about.address ?? location.origin + about.base;
