import { Cron } from 'croner';
import { wallClockMs } from '../../clock/wall-clock-ms.js';
import { OptionError } from '../../errors/errors.js';

/** More than that are not made up for. */
const MOST_TICKS = 1_000;

/** The times of a schedule, in milliseconds since 1970. */
export interface Ticks {
  /** The first one after a time; `undefined` when there is none any more. */
  after(ms: number): number | undefined;
}

/** @throws OptionError */
export function ticksOf(cron: unknown, everyMs: unknown, timeZone: unknown): Ticks {
  if ((cron === undefined) === (everyMs === undefined))
    throw new OptionError('a schedule needs option cron or everyMs, and one of them alone');
  if (everyMs === undefined) return cronTicks(cron, timeZone);
  if (timeZone !== undefined) throw new OptionError('option timeZone goes with cron; everyMs knows no hours');
  if (!Number.isInteger(everyMs) || (everyMs as number) < 100 || (everyMs as number) > 2 ** 40)
    throw new OptionError(
      `option everyMs must be a whole number of milliseconds, 100 at least and 2 ** 40 at most; received ${String(everyMs)}`,
    );
  const step = everyMs as number;
  return { after: (ms) => (Math.floor(ms / step) + 1) * step };
}

function cronTicks(cron: unknown, timeZone: unknown): Ticks {
  const timezone = zoneOf(timeZone);
  if (typeof cron !== 'string') throw new OptionError(`option cron must be a text; received ${String(cron)}`);
  const expression = parsed(cron, timezone);
  const after = (ms: number) => expression.nextRun(new Date(ms))?.getTime();
  if (after(wallClockMs()) === undefined)
    throw new OptionError(`option cron ${JSON.stringify(cron)} names a time that does not come`);
  return { after };
}

function parsed(cron: string, timezone: string): Cron {
  try {
    return new Cron(cron, { timezone, paused: true });
  } catch (error) {
    throw new OptionError(
      `option cron must be an expression as '0 3 * * *' (minute, hour, day, month, weekday); received ${JSON.stringify(cron)}: ${(error as Error).message}`,
    );
  }
}

function zoneOf(timeZone: unknown): string {
  if (timeZone === undefined) return 'UTC';
  try {
    if (typeof timeZone === 'string')
      return new Intl.DateTimeFormat('en', { timeZone }).resolvedOptions().timeZone;
  } catch {
    // Told below.
  }
  throw new OptionError(
    `option timeZone must be a name as 'Europe/Berlin'; received ${JSON.stringify(timeZone)}`,
  );
}

/** Those after one time up to another, the last ones where they are many. */
export function ticksBetween(ticks: Ticks, fromMs: number, toMs: number): number[] {
  const found: number[] = [];
  for (let at = ticks.after(fromMs); at !== undefined && at <= toMs; at = ticks.after(at)) {
    found.push(at);
    if (found.length >= 2 * MOST_TICKS) found.splice(0, MOST_TICKS);
  }
  return found.slice(-MOST_TICKS);
}
