/** Use over time: bars by outcome, drawn as SVG, with the same numbers as text and as a table. */

import { OUTCOMES, number, requests } from "../format.js";
import { html, useMemo, useState } from "../view.js";

const WIDTH = 720;
const HEIGHT = 160;

/** @param {{usage: UseOfKey, label: string}} props */
export function UsageChart({ usage, label }) {
  const { series, granularity, totals } = usage;
  const [at, setAt] = useState(-1);
  const most = Math.max(1, ...series.map(requests));
  const name = useMemo(() => namer(granularity, series.length), [granularity, series.length]);
  const chosen = series[at];
  const onKey = (/** @type {KeyboardEvent} */ event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1, Home: -series.length, End: series.length }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    setAt((before) => Math.min(series.length - 1, Math.max(0, (before < 0 ? series.length : before) + step)));
  };
  const onMove = (/** @type {any} */ event) => {
    const box = event.currentTarget.getBoundingClientRect();
    setAt(Math.min(series.length - 1, Math.max(0, Math.floor(((event.clientX - box.left) / box.width) * series.length))));
  };
  const summary = OUTCOMES.map(([key, text]) => `${text}: ${number(totals[key])}`).join(", ");
  return html`
    <figure class="chart">
      <div class="plot" role="group" tabindex="0" aria-label=${`${label}. ${summary}. Arrow keys go from bar to bar.`}
        onKeyDown=${onKey} onPointerMove=${onMove} onPointerLeave=${() => setAt(-1)} onBlur=${() => setAt(-1)}>
        <span class="scale" aria-hidden="true">${number(most)}</span>
        <svg viewBox=${`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
          <line class="grid" x1="0" x2=${WIDTH} y1="0.5" y2="0.5" />
          <line class="grid" x1="0" x2=${WIDTH} y1=${HEIGHT / 2} y2=${HEIGHT / 2} />
          <line class="grid base" x1="0" x2=${WIDTH} y1=${HEIGHT - 0.5} y2=${HEIGHT - 0.5} />
          ${series.map((bucket, index) => html`<${Bar} key=${bucket.start} bucket=${bucket} index=${index} count=${series.length} most=${most} chosen=${index === at} />`)}
        </svg>
      </div>
      <div class="axis" aria-hidden="true"><span>${series[0] && name(series[0].start)}</span><span>now</span></div>
      <p class="readout" aria-live="polite">
        ${chosen ? `${name(chosen.start)}: ${OUTCOMES.map(([key, text]) => `${number(chosen[key])} ${text.toLowerCase()}`).join(", ")}` : " "}
      </p>
      <${Legend} totals=${totals} />
      <details>
        <summary>Show as a table</summary>
        <${Numbers} series=${series} name=${name} />
      </details>
    </figure>
  `;
}

/** @param {{bucket: Bucket, index: number, count: number, most: number, chosen: boolean}} props */
function Bar({ bucket, index, count, most, chosen }) {
  const slot = WIDTH / count;
  const gap = Math.min(2, slot * 0.2);
  let top = HEIGHT;
  return html`
    <g>
      ${chosen && html`<rect class="chosen" x=${index * slot} y="0" width=${slot} height=${HEIGHT} />`}
      ${OUTCOMES.map(([key]) => {
        if (!bucket[key]) return null;
        const height = Math.max(2, (bucket[key] / most) * HEIGHT);
        top -= height;
        return html`<rect key=${key} class=${key} x=${index * slot + gap / 2} y=${top} width=${slot - gap} height=${height} />`;
      })}
    </g>
  `;
}

/** @param {{totals: Counts}} props */
export function Legend({ totals }) {
  return html`
    <ul class="legend">
      ${OUTCOMES.map(([key, text]) => html`<li key=${key}><span class=${`swatch ${key}`} aria-hidden="true"></span>${text} <strong>${number(totals[key])}</strong></li>`)}
    </ul>
  `;
}

/** @param {{series: Bucket[], name: (start: string) => string}} props */
function Numbers({ series, name }) {
  const used = series.filter(requests);
  if (used.length === 0) return html`<p class="quiet">No requests in this time.</p>`;
  return html`
    <div class="scroll" tabindex="0" role="region" aria-label="Use as a table">
      <table>
        <thead><tr><th scope="col">From</th>${OUTCOMES.map(([key, text]) => html`<th key=${key} scope="col" class="right">${text}</th>`)}</tr></thead>
        <tbody>
          ${used.map((bucket) => html`<tr key=${bucket.start}><th scope="row">${name(bucket.start)}</th>${OUTCOMES.map(([key]) => html`<td key=${key} class="right">${number(bucket[key])}</td>`)}</tr>`)}
        </tbody>
      </table>
    </div>
  `;
}

/** @param {UseOfKey["granularity"]} granularity @param {number} count */
function namer(granularity, count) {
  /** @type {Intl.DateTimeFormatOptions} */
  const parts =
    granularity === "day"
      ? { day: "numeric", month: "short", timeZone: "UTC", ...(count > 60 ? { year: "numeric" } : {}) }
      : { hour: "2-digit", minute: "2-digit", ...(count > 60 || granularity === "hour" ? { day: "numeric", month: "short" } : {}) };
  const format = new Intl.DateTimeFormat(undefined, parts);
  return (/** @type {string} */ start) => format.format(new Date(start));
}

/** Seven days in 28 bars of six hours. @param {{series: Bucket[]}} props */
export function Sparkline({ series }) {
  const bars = Array.from({ length: 28 }, (_, bar) => series.slice(bar * 6, bar * 6 + 6).reduce((sum, bucket) => sum + requests(bucket), 0));
  const most = Math.max(1, ...bars);
  const total = bars.reduce((sum, bar) => sum + bar, 0);
  const label = `${number(total)} in 7 days`;
  return html`
    <svg class="spark" viewBox="0 0 84 24" role="img" aria-label=${label}>
      <title>${label}</title>
      <line class="grid" x1="0" x2="84" y1="23.5" y2="23.5" />
      ${bars.map((bar, index) => bar > 0 && html`<rect key=${index} class="ok" x=${index * 3} y=${24 - Math.max(2, (bar / most) * 24)} width="2" height=${Math.max(2, (bar / most) * 24)} />`)}
    </svg>
  `;
}
