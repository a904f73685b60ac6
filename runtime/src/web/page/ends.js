import { $, element, keyed } from './dom.js';
import { clock } from './format.js';

const MOST = 60;
const REASONS = { ended: 'has ended' };
let ends = [];
let count = 0;

/** @param program of the pool, as it is called on the page */
export function addEnds(events, program) {
  for (const event of events) {
    if (event.kind !== 'death' && event.kind !== 'failure') continue;
    // A process that has done its work is no news.
    if (event.kind === 'death' && event.how === 'exit code 0' && event.stderr === '') continue;
    count += 1;
    ends.push({ ...event, program, number: count });
  }
  ends = ends.sort((a, b) => b.at - a.at).slice(0, MOST);
  $('no-ends').hidden = ends.length > 0;
  keyed($('end-list'), ends, ({ number }) => number, make);
}

export function forgetEnds() {
  ends = [];
}

function make(end) {
  const what = element('div', { className: 'what' });
  what.append(element('time', { text: clock(end.at) }));
  const item = element('li', { className: end.kind }, what);
  if (end.kind === 'death') {
    const why = REASONS[end.reason] ?? end.reason;
    what.append(
      element('b', { text: `Process ${end.pid} has ended` }),
      element('span', { text: `${end.how}, ${why}` }),
    );
  } else {
    const kind = { error: 'failed', crash: 'crashed', timeout: 'timed out' }[end.failure];
    what.append(
      element('b', { text: `${end.class || 'a function'} ${kind}` }),
      element('code', { text: end.jobId }),
      element('span', { className: 'quiet', text: `attempt ${end.attempt}, process ${end.pid}` }),
    );
    item.append(element('p', { className: 'bad', text: end.error }));
  }
  what.append(element('span', { className: 'quiet', text: end.program }));
  addText(item, 'Where it was', end.stack, true);
  addText(item, 'Its last words on stderr', end.stderr, false);
  return item;
}

function addText(item, title, text, isOpen) {
  if (!text) return;
  const pre = element('pre', { text: text.trimEnd(), tabIndex: 0 });
  item.append(element('details', { open: isOpen }, element('summary', { text: title }), pre));
}
