/** What the server says about itself in the page's head. */

const meta = /** @type {HTMLMetaElement} */ (document.querySelector('meta[name="onepin"]'));

/** @type {About} */
export const about = JSON.parse(meta.content);

/** The address of a page of the documentation, "" for the front page. Where there is no site, it says how to get it. @param {string} page */
export const docs = (page) => `${about.base}/docs${page && `/${page}`}`;

/** Where clients reach this server, without a slash at the end. */
export const address = about.address ?? location.origin + about.base;
