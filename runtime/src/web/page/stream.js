import { colourOf, ofPage } from './colours.js';
import { $, element, keyed, setText } from './dom.js';
import { clock, fine } from './format.js';

const ROW = 20;
const LABEL = 62;
const FOOT = 20;
const SPANS_MS = [10_000, 60_000, 300_000];
const NAMES = ['10 s', '1 min', '5 min'];

const canvas = $('stream');
const pen = canvas.getContext('2d');
let spanMs = SPANS_MS[1];
let shown = { pids: [], spans: [], until: 0 };
/** The span that keys are at. */
let at = -1;

for (const [index, ms] of SPANS_MS.entries()) {
  const button = element('button', { text: NAMES[index], type: 'button' });
  button.addEventListener('click', () => {
    spanMs = ms;
    press();
    draw();
  });
  $('span').append(button);
}
function press() {
  [...$('span').children].forEach((button, index) => {
    button.setAttribute('aria-pressed', String(SPANS_MS[index] === spanMs));
  });
}
press();

/** @param pool its report, if it is there. @param data what is known of it. @param now by the clock of the server */
export function showStream(pool, data, now) {
  const from = now - spanMs;
  const ended = data.spans.filter(([, , until]) => until >= from);
  const open = (pool?.processes ?? []).flatMap(({ pid, jobId, class: name, attempt, runningMs, others }) =>
    jobId === null
      ? []
      : [{ jobId, class: name, attempt, runningMs }, ...others].map((job) => [
          pid,
          now - (job.runningMs ?? 0),
          now,
          'running',
          job.class ?? 'unknown',
          job.jobId,
          job.attempt,
        ]),
  );
  // A job that has been told of is not drawn as running any more.
  const told = new Set(ended.map(([, , , , , jobId, attempt]) => `${jobId} ${attempt}`));
  const spans = [...ended, ...open.filter(([, , , , , jobId, attempt]) => !told.has(`${jobId} ${attempt}`))];
  const living = (pool?.processes ?? []).map(({ pid }) => pid);
  const pids = [...new Set([...living, ...spans.map(([pid]) => pid)])];
  shown = { pids, spans, until: now };
  const names = [...new Set(spans.map(([, , , , name]) => name))].sort();
  keyed(
    $('legend'),
    names.slice(0, 24),
    (name) => name,
    (name) => {
      const dot = element('i', { className: 'dot' });
      dot.style.background = colourOf(name);
      return element('span', {}, dot, name);
    },
  );
  draw();
}

function draw() {
  const { pids, spans, until } = shown;
  const width = canvas.clientWidth;
  const height = Math.max(1, pids.length) * ROW + FOOT;
  const scale = devicePixelRatio || 1;
  if (canvas.height !== Math.round(height * scale) || canvas.width !== Math.round(width * scale)) {
    canvas.width = Math.round(width * scale);
    canvas.height = Math.round(height * scale);
    canvas.style.height = `${height}px`;
  }
  pen.setTransform(scale, 0, 0, scale, 0, 0);
  pen.clearRect(0, 0, width, height);
  pen.font = '11px system-ui, sans-serif';
  pen.textBaseline = 'middle';
  const quiet = ofPage('--quiet');
  const line = ofPage('--line');
  const bad = ofPage('--bad');
  const x = (time) => LABEL + ((time - until + spanMs) / spanMs) * (width - LABEL - 6);
  pids.forEach((pid, row) => {
    pen.fillStyle = quiet;
    pen.textAlign = 'right';
    pen.fillText(String(pid), LABEL - 8, row * ROW + ROW / 2);
    pen.fillStyle = line;
    pen.fillRect(LABEL, (row + 1) * ROW - 1, width - LABEL, 1);
  });
  for (const [index, [pid, begin, end, outcome, name]] of spans.entries()) {
    const top = pids.indexOf(pid) * ROW + 3;
    const left = Math.max(LABEL, x(begin));
    const length = Math.max(1, x(Math.min(end, until)) - left);
    pen.fillStyle = colourOf(name);
    pen.globalAlpha = outcome === 'running' ? 0.6 : 1;
    pen.fillRect(left, top, length > 3 ? length - 0.5 : length, ROW - 7);
    pen.globalAlpha = 1;
    pen.fillStyle = bad;
    if (['error', 'crash', 'timeout'].includes(outcome))
      pen.fillRect(Math.max(left, left + length - 3), top - 1, 3, ROW - 5);
    if (index === at) {
      pen.strokeStyle = ofPage('--text');
      pen.lineWidth = 1.5;
      pen.strokeRect(left - 1, top - 1, length + 2, ROW - 5);
    }
  }
  pen.fillStyle = quiet;
  const steps = width < 500 ? 2 : 5;
  for (let step = 0; step <= steps; step += 1) {
    const time = until - spanMs + (spanMs * step) / steps;
    pen.textAlign = step === 0 ? 'left' : step === steps ? 'right' : 'center';
    pen.fillText(clock(time), x(time), height - FOOT / 2 + 1);
  }
}

function tellOf(span) {
  if (span === undefined) return setText($('stream-at'), '\u00a0');
  const [pid, begin, end, outcome, name, jobId, attempt] = span;
  const how = { running: 'runs', seen: 'was seen', ok: 'succeeded' }[outcome] ?? outcome;
  setText(
    $('stream-at'),
    `${name} job ${jobId}, attempt ${attempt}, process ${pid}: ${fine(end - begin)}, ${how}`,
  );
}

canvas.addEventListener('pointermove', ({ offsetX, offsetY }) => {
  const pid = shown.pids[Math.floor(offsetY / ROW)];
  const time = shown.until - spanMs + ((offsetX - LABEL) / (canvas.clientWidth - LABEL - 6)) * spanMs;
  const near = spanMs / 400;
  tellOf(shown.spans.find(([own, begin, end]) => own === pid && begin - near <= time && time <= end + near));
});
canvas.addEventListener('keydown', (event) => {
  const by = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1 }[event.key];
  if (by === undefined) return;
  event.preventDefault();
  at = Math.max(0, Math.min(shown.spans.length - 1, at === -1 ? shown.spans.length - 1 : at + by));
  tellOf(shown.spans[at]);
  draw();
});
canvas.addEventListener('blur', () => {
  at = -1;
  draw();
});
new ResizeObserver(draw).observe(canvas.parentElement);
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', draw);
