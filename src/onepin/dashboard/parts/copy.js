/** Copying to the clipboard, also where the page came by plain http and the clipboard's own API is missing. */

import { html, useEffect, useRef, useState } from "../view.js";
import { say } from "./toast.js";

/** @param {string} text @returns {Promise<boolean>} */
export async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyBySelection(text);
  }
}

/** @param {string} text */
function copyBySelection(text) {
  const area = document.createElement("textarea");
  area.value = text;
  area.className = "off";
  const holder = document.querySelector("dialog[open]") ?? document.body;
  holder.append(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  return done;
}

/** @param {{text: string, label?: string, small?: boolean, primary?: boolean}} props */
export function CopyButton({ text, label = "Copy", small = false, primary = false }) {
  const [done, setDone] = useState(false);
  const timer = useRef(0);
  useEffect(() => () => clearTimeout(timer.current), []);
  const onClick = async () => {
    const worked = await copy(text);
    say(worked ? "Copied." : "The browser does not allow copying: select the text and copy it by hand.");
    setDone(worked);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => setDone(false), 2000);
  };
  const kind = `${small ? "small" : ""} ${primary ? "primary" : ""}`;
  return html`<button type="button" class=${kind} aria-label=${label} onClick=${onClick}>${done ? "Copied ✓" : small ? "Copy" : label}</button>`;
}
