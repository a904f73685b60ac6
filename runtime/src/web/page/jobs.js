import { $, element, keyed, setText } from './dom.js';
import { duration, plural } from './format.js';
import { get } from './server.js';

/** @param hasHistory whether a queue keeps answered jobs */
export function allowJobs(hasHistory) {
  $('jobs-part').hidden = $('jobs-link').hidden = !hasHistory;
  if (hasHistory) void load();
}

async function load() {
  const query = { class: $('jobs-class').value, state: $('jobs-state').value, error: $('jobs-error').value };
  const { jobs = [], more = false, problem } = await get('jobs', query);
  setText($('jobs-note'), problem ?? `${plural(jobs.length, 'answered job')}${more ? ', and more' : ''}`);
  keyed($('job-list'), jobs, ({ jobId, answeredAt }) => `${jobId} ${answeredAt}`, make);
}

function make({ jobId, class: name, state, attempts, runMs, host, ageMs, error }) {
  const facts = [state, plural(attempts, 'attempt')];
  if (runMs !== null) facts.push(`ran ${duration(runMs)}`);
  facts.push(`${duration(ageMs)} ago`, host);
  const item = element('li', { className: 'letter' });
  const what = element('div', { className: 'what' });
  what.append(element('b', { text: name }), element('code', { text: jobId }));
  for (const text of facts) what.append(element('span', { text, className: 'quiet' }));
  const details = element('details', {}, element('summary', { text: 'Arguments and answer' }));
  details.addEventListener('toggle', () => showJob(details, jobId), { once: true });
  item.append(what);
  if (error !== null) item.append(element('p', { text: error, className: 'bad' }));
  item.append(details);
  return item;
}

async function showJob(details, id) {
  const { text, problem } = await get('job', { id });
  details.append(element('pre', { text: text ?? problem, tabIndex: 0 }));
}

$('jobs-form').addEventListener('submit', (event) => {
  event.preventDefault();
  void load();
});
