/** Adds the lines that a text lacks at its end, with the text's own line ends. */
export function completeLines(text: string, wanted: string): string {
  const eol = text.includes('\r\n') ? '\r\n' : '\n';
  const present = new Set(text.split(/\r?\n/).map((line) => line.trim()));
  const missing = wanted.split(/\r?\n/).filter((line) => line.trim() !== '' && !present.has(line.trim()));
  if (missing.length === 0) return text;
  const start = text === '' || text.endsWith('\n') ? text : text + eol;
  return start + missing.map((line) => line + eol).join('');
}
