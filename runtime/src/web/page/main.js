import 'uplot/dist/uPlot.min.css';
import './page.css';
import { showCharts } from './charts.js';
import { showClasses } from './classes.js';
import { $, setText } from './dom.js';
import { addEnds, forgetEnds } from './ends.js';
import { allowJobs } from './jobs.js';
import { PoolData } from './pool-data.js';
import { showPool, showPools, totalsOf } from './pools.js';
import { allowControl, showQueues } from './queues.js';
import { showStream } from './stream.js';

const STREAM_MS = 250;

let source;
let isPaused = false;
let mayControl = false;
let state = { pools: [], others: [], feeds: {}, points: {} };
let selected;
/** Of the server, less that of this page. */
let offsetMs = 0;
let pools = new Map();

const dataOf = (id) => {
  if (!pools.has(id)) pools.set(id, new PoolData());
  return pools.get(id);
};
const programOf = (id) => state.pools.find((pool) => pool.id === id)?.program ?? '';

function connect() {
  if (source !== undefined || isPaused || document.hidden) return;
  pools = new Map();
  forgetEnds();
  say('', 'connecting');
  source = new EventSource('events');
  const on = (name, hear) => source.addEventListener(name, ({ data }) => hear(JSON.parse(data)));
  on('about', ({ control, hasHistory }) => {
    mayControl = control;
    allowControl(control);
    allowJobs(hasHistory);
    say('live', control ? 'live, with control' : 'live');
  });
  on('history', (history) => {
    dataOf(history.pool).addHistory(history);
    addEnds(history.events, programOf(history.pool));
  });
  on('state', onState);
  on('piece', (piece) => {
    dataOf(piece.pool).addPiece(piece);
    addEnds(piece.events, programOf(piece.pool));
  });
  on('queues', showQueues);
  // The browser tries again by itself.
  source.addEventListener('error', () => say('lost', 'mproc web does not answer'));
}

function disconnect() {
  source?.close();
  source = undefined;
  say('', isPaused ? 'paused' : 'hidden');
}

function say(className, text) {
  $('status').className = className;
  setText($('status').lastChild, text);
}

function onState(next) {
  state = next;
  offsetMs = next.at - Date.now();
  for (const id of pools.keys()) if (!(id in next.points)) pools.delete(id);
  for (const pool of next.pools) {
    const data = dataOf(pool.id);
    data.addPoint(next.points[pool.id]);
    if (next.feeds[pool.id] !== 'live') data.addSeen(pool, next.at);
  }
  if (!next.pools.some(({ id }) => id === selected)) selected = next.pools[0]?.id;
  setText($('totals'), totalsOf(next));
  document.title = `mproc: ${totalsOf(next)}`;
  document.documentElement.dataset.at = String(next.at);
  show();
}

function select(id) {
  selected = id;
  show();
}

function show() {
  showPools(state, selected, select);
  const pool = state.pools.find(({ id }) => id === selected);
  $('pool').hidden = $('stream-part').hidden = pool === undefined;
  if (pool === undefined) return;
  const data = dataOf(selected);
  showPool(pool, state.feeds[selected], mayControl);
  showCharts(data.points);
  showClasses(data.classes);
}

function drawStream() {
  const pool = state.pools.find(({ id }) => id === selected);
  if (source === undefined || pool === undefined) return;
  showStream(pool, dataOf(selected), Date.now() + offsetMs);
}

function pause() {
  isPaused = !isPaused;
  $('pause').setAttribute('aria-pressed', String(isPaused));
  if (isPaused) disconnect();
  else connect();
}

function step(by) {
  const at = state.pools.findIndex(({ id }) => id === selected);
  const next = state.pools[Math.max(0, Math.min(state.pools.length - 1, at + by))];
  if (next !== undefined) select(next.id);
}

$('pause').addEventListener('click', pause);
document.addEventListener('keydown', ({ key, target, ctrlKey, metaKey, altKey }) => {
  if (ctrlKey || metaKey || altKey || target.matches('input, dialog *')) return;
  if (key === 'p') pause();
  if (key === 'j') step(1);
  if (key === 'k') step(-1);
});
// Nothing is looked at while nobody sees it.
document.addEventListener('visibilitychange', () => (document.hidden ? disconnect() : connect()));
setInterval(() => {
  if (!document.hidden) drawStream();
}, STREAM_MS);
connect();
