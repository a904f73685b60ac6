import { type Axis, linearAxis, logAxis } from './axis.js';

const WIDTH = 720;
const HEIGHT = 400;
const FRAME = { left: 84, right: 44, top: 44, bottom: 92 };
const COLOURS = ['#1f6feb', '#d1570a', '#57606a', '#1a7f37'];
const INNER = { width: WIDTH - FRAME.left - FRAME.right, height: HEIGHT - FRAME.top - FRAME.bottom };

export type Point = readonly [x: number, y: number];

export interface Line {
  readonly name: string;
  readonly points: readonly Point[];
}

export interface Scale {
  readonly label: string;
  /** Of the logarithm. @default none: it is linear from 0 */
  readonly base?: number;
  format(value: number): string;
}

export interface Chart {
  readonly title: string;
  readonly x: Scale;
  readonly y: Scale;
  readonly series: readonly Line[];
}

/**
 * Draws lines.
 * @returns the text of an SVG file
 */
export function drawChart({ title, x, y, series }: Chart): string {
  const points = series.flatMap((line) => line.points);
  const across = axisOf(
    x,
    points.map(([value]) => value),
  );
  const up = axisOf(
    y,
    points.map(([, value]) => value),
  );
  const toX = (value: number): number => round(FRAME.left + across.place(value) * INNER.width);
  const toY = (value: number): number => round(FRAME.top + (1 - up.place(value)) * INNER.height);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="13" role="img" aria-label="${escaped(title)}">`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#ffffff"/>`,
    text(WIDTH / 2, 24, title, 'middle', 'font-size="15" font-weight="bold"'),
    ...across.ticks.map((tick) => grid(toX(tick), FRAME.top, toX(tick), FRAME.top + INNER.height)),
    ...across.ticks.map((tick) => text(toX(tick), HEIGHT - FRAME.bottom + 18, x.format(tick), 'middle')),
    ...up.ticks.map((tick) => grid(FRAME.left, toY(tick), FRAME.left + INNER.width, toY(tick))),
    ...up.ticks.map((tick) => text(FRAME.left - 8, toY(tick) + 4, y.format(tick), 'end')),
    text(FRAME.left + INNER.width / 2, HEIGHT - FRAME.bottom + 40, x.label, 'middle'),
    text(16, FRAME.top - 12, y.label, 'start'),
    ...series.map((line, at) => polyline(line.points, toX, toY, colourOf(at))),
    ...series.map((line, at) => legend(line.name, at, series.length)),
    '</svg>',
    '',
  ].join('\n');
}

function colourOf(line: number): string {
  return COLOURS[line % COLOURS.length]!;
}

function axisOf({ base }: Scale, values: readonly number[]): Axis {
  return base === undefined ? linearAxis(values) : logAxis(values, base);
}

function polyline(
  points: readonly Point[],
  toX: (value: number) => number,
  toY: (value: number) => number,
  colour: string,
): string {
  const places = points.map(([px, py]) => [toX(px), toY(py)]);
  const dots = places.map(([cx, cy]) => `<circle cx="${cx}" cy="${cy}" r="3.5"/>`).join('');
  return `<g fill="${colour}"><polyline points="${places.join(' ')}" fill="none" stroke="${colour}" stroke-width="2"/>${dots}</g>`;
}

function legend(name: string, at: number, count: number): string {
  const left = FRAME.left + (at * INNER.width) / count;
  const top = HEIGHT - 22;
  return `<rect x="${round(left)}" y="${top - 10}" width="12" height="12" fill="${colourOf(at)}"/>${text(left + 18, top, name, 'start')}`;
}

function grid(x1: number, y1: number, x2: number, y2: number): string {
  return `<line x1="${x1}" y1="${y1}" x2="${x2}" y2="${y2}" stroke="#d0d7de"/>`;
}

function text(x: number, y: number, content: string, anchor: string, more = ''): string {
  return `<text x="${round(x)}" y="${round(y)}" text-anchor="${anchor}" fill="#24292f" ${more}>${escaped(content)}</text>`;
}

function escaped(content: string): string {
  return content.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
