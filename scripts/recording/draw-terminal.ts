const CHARACTER_WIDTH = 8.4;
const LINE_HEIGHT = 19;
const MARGIN = 20;
const TITLE_HEIGHT = 30;
const COLUMNS = 118;

const COLORS = {
  background: '#12161f',
  text: '#d5dae3',
  command: '#8fd19e',
  quiet: '#7f8ba3',
  bar: '#6cb6ff',
};

/** Lines of text as a picture of a terminal. */
export function drawTerminal(lines: readonly string[]): string {
  const width = Math.ceil(COLUMNS * CHARACTER_WIDTH) + 2 * MARGIN;
  const height = TITLE_HEIGHT + lines.length * LINE_HEIGHT + MARGIN;
  const rows = lines
    .map((line, index) => row(line, TITLE_HEIGHT + (index + 1) * LINE_HEIGHT))
    .filter(Boolean);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">`,
    `<title>${escaped(lines[0] ?? '')}</title>`,
    `<rect width="${width}" height="${height}" rx="8" fill="${COLORS.background}"/>`,
    ...['#ff5f57', '#febc2e', '#28c840'].map(
      (color, index) => `<circle cx="${MARGIN + index * 18}" cy="16" r="5" fill="${color}"/>`,
    ),
    `<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="14" xml:space="preserve">`,
    ...rows,
    '</g>',
    '</svg>',
    '',
  ].join('\n');
}

function row(line: string, y: number): string {
  if (line === '') return '';
  const text = line.length > COLUMNS ? `${line.slice(0, COLUMNS - 1)}…` : line;
  return `<text x="${MARGIN}" y="${y}" fill="${colorOf(line)}">${escaped(text)}</text>`;
}

function colorOf(line: string): string {
  if (/^\s*\$ /.test(line)) return COLORS.command;
  if (/^\s*\[[#-]+\]/.test(line)) return COLORS.bar;
  if (/^ {3}(ok,|\S)/.test(line)) return COLORS.quiet;
  return COLORS.text;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
