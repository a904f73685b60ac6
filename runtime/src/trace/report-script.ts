/** Of the page of a report: plain JavaScript of browsers. It writes text as text, never as markup. */
export const REPORT_SCRIPT = String.raw`
'use strict';
const data = JSON.parse(document.getElementById('figures').textContent);
const span = Math.max(1e-6, data.until - data.from);
const HUES = [215, 160, 40, 275, 190, 95, 310, 240];
const colour = (at) => 'hsl(' + HUES[at % HUES.length] + ' 60% ' + (55 - 12 * (Math.floor(at / HUES.length) % 3)) + '%)';
const ms = (value) => value >= 1000 ? (value / 1000).toFixed(2) + ' s' : value >= 1 ? value.toFixed(1) + ' ms' : (value * 1000).toFixed(0) + ' µs';
function element(parent, name, text, className) {
  const made = document.createElement(name);
  if (text !== undefined) made.textContent = text;
  if (className) made.className = className;
  parent.append(made);
  return made;
}
function row(table, cells, name) {
  const tr = element(table, 'tr');
  cells.forEach((cell, at) => element(tr, name, cell, at > 0 ? 'number' : ''));
  return tr;
}
function dot(parent, at) {
  const mark = document.createElement('i');
  mark.style.background = colour(at);
  parent.prepend(mark);
}
const $ = (id) => document.getElementById(id);
$('summary').textContent = data.attempts + ' attempts in ' + ms(span) + ', program ' + data.parent +
  (data.dropped > 0 ? '; ' + data.dropped + ' further attempts were not kept' : '') + '.';

const classes = $('classes');
row(classes, ['class', 'attempts', 'failed', 'jobs retried', 'wait p50', 'p95', 'p99', 'max', 'run p50', 'p95', 'p99', 'max'], 'th');
data.classes.forEach((one, at) => {
  const tr = row(classes, [one.name, one.attempts, one.failed, one.retried, ...one.wait.map(ms), ...one.run.map(ms)], 'td');
  tr.firstChild.className = 'name';
  dot(tr.firstChild, at);
  dot(element($('legend'), 'span', one.name), at);
  element($('histograms'), 'div', one.name + ', ' + one.attempts + ' attempts', 'note');
  const histogram = element($('histograms'), 'div', undefined, 'histogram');
  const most = Math.max(...one.bars);
  one.bars.forEach((count, bar) => {
    const made = element(histogram, 'div');
    made.style.background = colour(at);
    made.style.height = (100 * count) / most + '%';
    made.title = count + ' attempts up to ' + ms(data.bounds[bar]);
  });
  const scale = element($('histograms'), 'div', undefined, 'scale');
  for (const bar of [0, 7, 14, 21, 27]) element(scale, 'span', ms(data.bounds[bar]));
});
const processes = $('processes');
row(processes, ['process', 'attempts', 'busy', 'of the time'], 'th');
for (const { pid, attempts, busyMs } of data.processes) {
  const tr = row(processes, [pid, attempts, ms(busyMs), (100 * busyMs / span).toFixed(1) + ' % '], 'td');
  const bar = element(tr.lastChild, 'span', undefined, 'bar');
  element(bar, 'b').style.width = Math.min(100, 100 * busyMs / span) + '%';
}
if (data.deaths.length === 0) element($('deaths'), 'p', 'No process ended.', 'note');
for (const { at, pid, reason, how, stderr } of data.deaths) {
  element($('deaths'), 'div', 'Process ' + pid + ' after ' + ms(at - data.from) + ': ' + reason + ', ' + how, reason === 'retired' ? '' : 'bad');
  if (stderr) element($('deaths'), 'pre', stderr);
}

const canvas = $('stream');
const ROW = 22, LABEL = 64;
let from = data.from, until = data.until;
function draw() {
  const ratio = window.devicePixelRatio || 1;
  const width = canvas.clientWidth, height = data.processes.length * ROW + 22;
  canvas.style.height = height + 'px';
  canvas.width = width * ratio;
  canvas.height = height * ratio;
  const pen = canvas.getContext('2d');
  const style = getComputedStyle(document.documentElement);
  pen.scale(ratio, ratio);
  pen.font = '11px ui-monospace, monospace';
  const x = (at) => LABEL + (at - from) / (until - from) * (width - LABEL);
  for (const [kind, process, start, end, outcome] of data.shown) {
    const left = Math.max(LABEL, x(start)), right = Math.min(width, x(end));
    if (right < LABEL || left > width) continue;
    pen.fillStyle = colour(kind);
    pen.fillRect(left, process * ROW + 3, Math.max(0.6, right - left), ROW - 6);
    if (outcome === 'ok') continue;
    pen.fillStyle = style.getPropertyValue('--bad');
    pen.fillRect(left, process * ROW + ROW - 6, Math.max(1.5, right - left), 3);
  }
  pen.fillStyle = style.getPropertyValue('--quiet');
  data.processes.forEach(({ pid }, at) => pen.fillText(pid, 6, at * ROW + 15));
  const steps = width < 500 ? 2 : 4;
  for (let step = 0; step <= steps; step += 1) {
    const at = from + (until - from) * step / steps;
    pen.textAlign = step === 0 ? 'left' : step === steps ? 'right' : 'center';
    pen.fillText(ms(at - data.from), x(at), height - 7);
  }
}
const timeAt = (event) => from + (event.offsetX - LABEL) / (canvas.clientWidth - LABEL) * (until - from);
function show(begin, end) {
  const length = Math.min(span, Math.max(1e-3, end - begin));
  from = Math.min(Math.max(data.from, begin), data.until - length);
  until = from + length;
  draw();
}
function zoom(middle, factor) {
  show(middle - (middle - from) * factor, middle + (until - middle) * factor);
}
canvas.addEventListener('wheel', (event) => {
  event.preventDefault();
  zoom(timeAt(event), event.deltaY > 0 ? 1.25 : 0.8);
}, { passive: false });
canvas.addEventListener('keydown', ({ key }) => {
  const step = (until - from) / 5;
  if (key === 'ArrowLeft') show(from - step, until - step);
  if (key === 'ArrowRight') show(from + step, until + step);
  if (key === '+' || key === '-') zoom((from + until) / 2, key === '+' ? 0.8 : 1.25);
});
let dragged;
canvas.addEventListener('pointerdown', (event) => { dragged = timeAt(event); canvas.setPointerCapture(event.pointerId); });
canvas.addEventListener('pointerup', () => { dragged = undefined; });
canvas.addEventListener('pointermove', (event) => {
  const at = timeAt(event);
  if (dragged !== undefined) return show(from + dragged - at, until + dragged - at);
  const process = Math.floor(event.offsetY / ROW);
  const found = data.shown.find((one) => one[1] === process && one[2] <= at && at <= one[3]);
  $('at').textContent = found === undefined ? '\u00a0' :
    data.classes[found[0]].name + ', job ' + found[5] + ': ' + ms(found[3] - found[2]) + ', ' + found[4];
});
new ResizeObserver(draw).observe(canvas.parentElement);
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', draw);
draw();
`;
