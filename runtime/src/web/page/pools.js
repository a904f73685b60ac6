import { $, ask, element, keyed, makeRow, setCells, setText, tell } from './dom.js';
import { count, duration, mib, plural } from './format.js';
import { post } from './server.js';

const number = (label) => ({ label, className: 'n' });
const POOL = [
  { className: 'first' },
  ...['PID', 'Processes', 'Waiting', 'Oldest', 'Delayed', 'Answered', 'Failed'].map(number),
  { label: 'Memory', className: 'n' },
];
const PROCESS = [
  number('PID'),
  { label: 'State' },
  { label: 'Class' },
  { label: 'Job', className: 'code text' },
  ...['Try', 'For', 'Jobs', 'CPU', 'PSS', 'USS'].map(number),
  { label: 'Restarts', className: 'text' },
  { className: 'act' },
];

/** @param onSelect is told the id of the pool that is chosen */
export function showPools({ pools, others }, selected, onSelect) {
  $('no-pools').hidden = pools.length > 0;
  $('pool-table').hidden = pools.length === 0;
  keyed(
    $('pool-table').tBodies[0],
    pools,
    ({ id }) => id,
    ({ id, program }) => {
      const row = makeRow(POOL);
      const button = element('button', { text: program, title: program, type: 'button' });
      button.addEventListener('click', () => onSelect(id));
      row.cells[0].append(button);
      row.cells[8].append(element('span', { className: 'meter' }, element('b')), element('span'));
      return row;
    },
    (row, pool) => {
      const {
        id,
        pid,
        threadId,
        parentState,
        processes,
        waiting,
        oldestWaitingMs,
        delayed,
        answered,
        failed,
        memory,
      } = pool;
      row.setAttribute('aria-current', String(id === selected));
      const thread = threadId === 0 ? '' : ` thread ${threadId}`;
      const stopped = parentState === 'stopped' ? ' stopped' : '';
      setCells(row, [
        undefined,
        `${pid}${thread}${stopped}`,
        ...[processes.length, waiting].map(count),
        duration(oldestWaitingMs),
        ...[delayed, answered, failed].map(count),
      ]);
      row.cells[7].classList.toggle('bad', failed > 0);
      const [meter, text] = row.cells[8].children;
      meter.firstChild.style.width = `${(100 * memory.usedBytes) / Math.max(1, memory.bytes)}%`;
      setText(text, `${mib(memory.usedBytes)} of ${mib(memory.bytes)}`);
    },
  );
  keyed(
    $('others'),
    others,
    ({ pid }) => pid,
    () => element('li'),
    (item, { pid, program, problem }) => setText(item, `pid ${pid} ${program}: ${problem}`),
  );
}

export function totalsOf({ pools }) {
  const processes = pools.flatMap((pool) => pool.processes);
  const waiting = pools.reduce((sum, pool) => sum + pool.waiting, 0);
  const running = processes.filter(({ jobId }) => jobId !== null).length;
  return `${plural(pools.length, 'pool')}, ${plural(processes.length, 'process').replace('processs', 'processes')}, ${count(running)} running, ${count(waiting)} waiting`;
}

const FEED = {
  live: 'It tells of every attempt.',
  off: 'Its memory is read once a second; short jobs are not seen.',
  asked: 'It was asked to tell of its attempts. Until it does, its memory is read once a second.',
};

export function showPool(pool, feed, mayControl) {
  setText($('pool-title'), `${pool.program} (pid ${pool.pid})`);
  setText(
    $('feed'),
    FEED[feed] ?? `Its memory is read once a second: it does not tell of its attempts (${feed}).`,
  );
  keyed(
    $('process-table').tBodies[0],
    pool.processes,
    ({ pid }) => pid,
    () => makeProcess(mayControl),
    updateProcess,
  );
}

function makeProcess(mayControl) {
  const row = makeRow(PROCESS);
  row.cells[1].append(element('span', { className: 'state' }));
  if (!mayControl) return row;
  const stack = element('button', { text: 'Stack', type: 'button' });
  const cancel = element('button', { text: 'Cancel', type: 'button', className: 'danger cancel' });
  stack.addEventListener('click', () => showStack(Number(row.dataset.key)));
  cancel.addEventListener('click', () => cancelJob(row.dataset.job));
  row.cells[11].append(element('div', { className: 'line' }, stack, cancel));
  return row;
}

function updateProcess(row, process) {
  const {
    pid,
    state,
    class: name,
    jobId,
    others,
    attempt,
    runningMs,
    jobs,
    cpu,
    pssBytes,
    ussBytes,
  } = process;
  const badge = row.cells[1].firstChild;
  setText(badge, state);
  badge.className = `state ${state}`;
  setCells(row, [
    String(pid),
    undefined,
    name ?? '',
    jobId === null ? '' : `${jobId}${others.length === 0 ? '' : ` and ${others.length} more`}`,
    attempt === null ? '' : String(attempt),
    runningMs === null ? '' : duration(runningMs),
    count(jobs),
    cpu === null ? '-' : `${cpu.toFixed(1)}%`,
    mib(pssBytes),
    mib(ussBytes),
    restartsText(process),
  ]);
  row.dataset.job = jobId ?? '';
  const cancel = row.querySelector('.cancel');
  if (cancel !== null) cancel.disabled = jobId === null;
}

function restartsText({ restarts, lastDeath }) {
  if (lastDeath === null) return restarts === 0 ? '' : String(restarts);
  const how = lastDeath.signal ?? `code ${lastDeath.exitCode}`;
  return `${restarts}, last: ${how} ${duration(lastDeath.agoMs)} ago`;
}

async function showStack(pid) {
  tell(`Process ${pid}`, 'asking …');
  const { stack, problem } = await post('stack', { pid });
  tell(`Process ${pid}`, stack ?? problem);
}

async function cancelJob(jobId) {
  if (!(await ask(`Cancel job ${jobId}?`))) return;
  const { problem } = await post('cancel', { jobId });
  if (problem) tell('Not canceled', problem);
}
