const ESCAPE = String.fromCharCode(27);
const CONTROL_SEQUENCE = new RegExp(`${ESCAPE}\\[[0-9;?]*[A-Za-z]`, 'g');
const ERASE_LINE = `${ESCAPE}[K`;

/** The lines a terminal shows at the end: what was drawn over is gone, colours are left out. */
export function screenOf(printed: string): string[] {
  const lines = printed.replaceAll('\r\n', '\n').split('\n').map(lastDrawn);
  return withoutEmptyEnds(lines);
}

/** What is left of a line that was drawn several times from its start. */
function lastDrawn(line: string): string {
  let shown = '';
  for (const drawing of line.split('\r')) {
    const erases = drawing.startsWith(ERASE_LINE);
    const text = drawing.replace(CONTROL_SEQUENCE, '');
    shown = erases ? text : text + shown.slice(text.length);
  }
  return shown.trimEnd();
}

function withoutEmptyEnds(lines: readonly string[]): string[] {
  const first = lines.findIndex((line) => line !== '');
  const last = lines.findLastIndex((line) => line !== '');
  return lines.slice(Math.max(0, first), last + 1);
}
