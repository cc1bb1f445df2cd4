/** Saving rows as CSV (RFC 4180). */

/** What a spreadsheet would run as a formula, if a cell began with it (OWASP, "CSV Injection"). */
const FORMULA = /^[=+\-@\t\r]/;

/** @param {string} cell */
export function cellOf(cell) {
  const safe = FORMULA.test(cell) ? `'${cell}` : cell;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** @param {string} name @param {string[]} head @param {string[][]} rows */
export function csv(name, head, rows) {
  const text = [head, ...rows].map((row) => row.map(cellOf).join(",")).join("\r\n");
  const url = URL.createObjectURL(new Blob(["\ufeff", text, "\r\n"], { type: "text/csv;charset=utf-8" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}
