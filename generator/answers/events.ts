import { shown, UsageError } from '../output/failure.js';
import { nearest } from './nearest.js';

/** An event as the templates need it. */
export interface EventAnswer {
  readonly key: string;
  readonly value: string;
  readonly method: string;
}

const KEYS = ['Start', 'Running', 'Success', 'Retry', 'Failed', 'Canceled'] as const;

export const EVENTS: readonly EventAnswer[] = KEYS.map((key) => ({
  key,
  value: `job.event.${key.toLowerCase()}`,
  method: `on${key}`,
}));

/** Reads `start,retry` or `all`; the order is that of a job's life, whatever was typed. */
export function parseEvents(typed: string): readonly EventAnswer[] {
  const wanted = typed
    .split(',')
    .map((word) => word.trim().toLowerCase())
    .filter((word) => word !== '');
  if (wanted.includes('all')) return EVENTS;
  for (const word of wanted) if (!EVENTS.some((event) => matches(event, word))) throw unknownEvent(word);
  return EVENTS.filter((event) => wanted.some((word) => matches(event, word)));
}

function matches(event: EventAnswer, word: string): boolean {
  return [event.key.toLowerCase(), event.value, event.method.toLowerCase()].includes(word);
}

function unknownEvent(word: string): UsageError {
  const known = KEYS.map((key) => key.toLowerCase());
  const near = nearest(word, known);
  const hint = near ? ` Did you mean ${near}?` : '';
  return new UsageError(
    'ERR_EVENT',
    `--events: ${shown(word)} is no event; there are ${known.join(', ')} and all.${hint}`,
  );
}
