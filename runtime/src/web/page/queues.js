import { $, ask, element, keyed, makeRow, setCells, setText } from './dom.js';
import { count, duration, plural } from './format.js';
import { get, post } from './server.js';

const COLUMNS = [
  { className: 'first' },
  ...['Ready', 'Delayed', 'Leased', 'Dead', 'Oldest'].map((label) => ({ label, className: 'n' })),
  { className: 'act' },
];
/** The queue whose dead letters are shown. */
let open;
let mayControl = false;

export function allowControl(allowed) {
  mayControl = allowed;
  for (const button of document.querySelectorAll('.control')) button.hidden = !allowed;
}

export function showQueues(queues) {
  $('no-queues').hidden = queues.length > 0;
  $('queue-table').hidden = queues.length === 0;
  keyed($('queue-table').tBodies[0], queues, ({ name }) => name, make, update);
}

function make({ name }) {
  const row = makeRow(COLUMNS);
  row.cells[0].append(element('code', { text: name }), element('span', { className: 'bad' }));
  const button = element('button', { text: 'Dead letters', type: 'button' });
  button.addEventListener('click', () => openLetters(name));
  row.cells[6].append(element('div', { className: 'line' }, button));
  return row;
}

function update(row, { ready, delayed, leased, dead, oldestWaitingMs, problem }) {
  setText(row.cells[0].lastChild, problem === null ? '' : ` ${problem}`);
  const figures = problem === null ? [ready, delayed, leased, dead].map(count) : ['-', '-', '-', '-'];
  setCells(row, [undefined, ...figures, duration(oldestWaitingMs)]);
  row.cells[4].classList.toggle('bad', dead > 0);
}

async function openLetters(name) {
  open = name;
  $('letters').hidden = false;
  setText($('letters-title'), `Dead letters of ${name}`);
  await load();
  $('letters-title').focus();
}

async function load(note) {
  const {
    letters = [],
    more = false,
    problem,
  } = await get('letters', { queue: open, error: $('letters-error').value });
  const shown = `${plural(letters.length, 'dead letter')}${more ? ', and more' : ''}`;
  setText($('letters-note'), problem ?? (note === undefined ? shown : `${note} ${shown}`));
  $('requeue-all').disabled = $('clear-all').disabled = letters.length === 0;
  setText($('requeue-all'), $('letters-error').value === '' ? 'Requeue all' : 'Requeue these');
  setText($('clear-all'), $('letters-error').value === '' ? 'Remove all' : 'Remove these');
  keyed($('letter-list'), letters, ({ id }) => id, makeLetter);
}

function makeLetter({ id, class: name, jobId, attempts, error, ageMs, host, process }) {
  const facts = [plural(attempts, 'attempt')];
  if (ageMs !== null) facts.push(`${duration(ageMs)} ago`);
  if (host !== null) facts.push(`${host}, process ${process}`);
  const item = element('li', { className: 'letter' });
  const what = element('div', { className: 'what' });
  what.append(element('b', { text: name ?? 'unknown' }), element('code', { text: jobId ?? id }));
  for (const text of facts) what.append(element('span', { text, className: 'quiet' }));
  const details = element('details', {}, element('summary', { text: 'Record, with its arguments' }));
  details.addEventListener('toggle', () => showRecord(details, id), { once: true });
  item.append(what, element('p', { text: error, className: 'bad' }), details);
  if (mayControl) item.append(actionsOf(id));
  return item;
}

async function showRecord(details, id) {
  const { text, problem } = await get('letter', { queue: open, id });
  details.append(element('pre', { text: text ?? problem, tabIndex: 0 }));
}

function actionsOf(id) {
  const requeue = element('button', { text: 'Requeue', type: 'button' });
  requeue.addEventListener('click', () => act('requeue', { ids: [id] }));
  const clear = element('button', { text: 'Remove', type: 'button', className: 'danger' });
  clear.addEventListener('click', async () => {
    if (await ask('Remove this dead letter for good?')) await act('clear', { ids: [id] });
  });
  return element('div', { className: 'line' }, requeue, clear);
}

/** Those that the filter shows, or all. */
function meant() {
  const error = $('letters-error').value;
  return error === '' ? { all: true } : { error };
}

async function act(path, which) {
  const { done, problem } = await post(path, { queue: open, ...which });
  const verb = path === 'requeue' ? 'Put back' : 'Removed';
  await load(problem ?? `${verb}: ${done}.`);
}

$('letters-form').addEventListener('submit', (event) => {
  event.preventDefault();
  void load();
});
$('letters-close').addEventListener('click', () => {
  $('letters').hidden = true;
});
$('requeue-all').addEventListener('click', () => act('requeue', meant()));
$('clear-all').addEventListener('click', async () => {
  if (await ask(`Remove the dead letters of ${open} for good?`)) await act('clear', meant());
});
