/** Queues are named after schedules, whichever their engine. */
export function isScheduleName(name: unknown): name is string {
  return typeof name === 'string' && /^[\w.-]{1,80}$/.test(name);
}
