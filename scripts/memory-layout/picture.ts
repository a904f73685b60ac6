import { type Field, fieldBytes, type Layout, type SegmentLayout } from '../../runtime/src/layout/layout.js';

const ROW_BYTES = 16;
const CHARS_PER_BYTE = 4;

interface Cell {
  readonly text: string;
  readonly fromByte: number;
  readonly toByte: number;
}

/** A table as a picture: 16 bytes a row, a box for each field; a field over several rows shows its length once. */
export function picture(layout: Layout): string {
  const rows = rowsOf(cellsOf(layout));
  const ruler = `byte ${Array.from({ length: ROW_BYTES / 4 }, (_, i) => String(i * 4).padEnd(CHARS_PER_BYTE * 4)).join('')}`;
  const lines = [ruler.trimEnd()];
  for (const [index, { from, cells }] of rows.entries()) {
    lines.push(
      `     ${border(rows[index - 1]?.cells ?? [], cells)}`,
      `${String(from).padStart(4)} ${boxes(cells)}`,
    );
  }
  lines.push(`     ${border(rows.at(-1)?.cells ?? [], [])}`);
  return lines.join('\n');
}

function cellsOf(layout: Layout): Cell[] {
  const cells: Cell[] = [];
  let end = 0;
  for (const [name, field] of Object.entries(layout.fields) as [string, Field][]) {
    const from = layout.byte[name]!;
    if (from > end) cells.push({ text: '', fromByte: end, toByte: from });
    end = from + fieldBytes(field);
    cells.push({ text: label(name, field), fromByte: from, toByte: end });
  }
  if (layout.lengthBytes > end) cells.push({ text: '', fromByte: end, toByte: layout.lengthBytes });
  return cells;
}

function label(name: string, field: Field): string {
  return (field.count ?? 1) === 1 ? name : `${name}[${field.count}]`;
}

/** Cuts cells at row ends; of a cell that fills whole rows only the first is drawn. */
function rowsOf(cells: readonly Cell[]): { from: number; cells: Cell[] }[] {
  const rows = new Map<number, Cell[]>();
  for (const cell of cells) {
    let from = cell.fromByte;
    let text = cell.text;
    while (from < cell.toByte) {
      const row = Math.floor(from / ROW_BYTES) * ROW_BYTES;
      const to = Math.min(cell.toByte, row + ROW_BYTES);
      const drawn = rows.get(row) ?? [];
      drawn.push({ text, fromByte: from, toByte: to });
      rows.set(row, drawn);
      const wholeRowsLeft = Math.floor((cell.toByte - to) / ROW_BYTES);
      from = to === row + ROW_BYTES && wholeRowsLeft > 0 ? to + wholeRowsLeft * ROW_BYTES : to;
      text = '…';
    }
  }
  return [...rows].map(([from, row]) => ({ from, cells: row }));
}

function widthOf(cell: Cell): number {
  return (cell.toByte - cell.fromByte) * CHARS_PER_BYTE - 1;
}

/** The line between two rows: as long as the longer one, with a corner wherever a box of either ends. */
function border(above: readonly Cell[], below: readonly Cell[]): string {
  const ends = [...above, ...below].map((cell) => (((cell.toByte - 1) % ROW_BYTES) + 1) * CHARS_PER_BYTE);
  const line = Array.from({ length: Math.max(0, ...ends) + 1 }, () => '-');
  for (const end of [0, ...ends]) line[end] = '+';
  return line.join('');
}

function boxes(cells: readonly Cell[]): string {
  const inside = cells.map((cell) => {
    const width = widthOf(cell);
    const text = cell.text.slice(0, width);
    const left = Math.floor((width - text.length) / 2);
    return `${' '.repeat(left)}${text}`.padEnd(width);
  });
  return `|${inside.join('|')}|`;
}

/** The tables of a segment in the order they lie in memory. */
export function segmentPicture(segment: SegmentLayout): string {
  const rows = Object.entries(segment.parts).map(([name, part]) => {
    const times = part.count === 1 ? '' : ` × ${part.count}`;
    const size = part.strideBytes ?? `${part.layout.lengthBytes} bytes`;
    return [name, `${size}${times}${part.beginsPage ? ', from a new page' : ''}`] as const;
  });
  const left = Math.max(...rows.map(([name]) => name.length));
  const right = Math.max(...rows.map(([, size]) => size.length));
  const line = `+${'-'.repeat(left + 2)}+${'-'.repeat(right + 2)}+`;
  const body = rows.map(([name, size]) => `| ${name.padEnd(left)} | ${size.padEnd(right)} |`);
  return [line, ...body.flatMap((row) => [row, line])].join('\n');
}
