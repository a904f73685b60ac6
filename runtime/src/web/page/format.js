/** Times and sizes as `mproc ps` prints them. */

const MIB = 1024 * 1024;
const two = (value) => String(value).padStart(2, '0');

export function duration(ms) {
  if (ms === null || ms === undefined) return '-';
  if (ms < 1_000) return `${Math.round(ms)}ms`;
  const seconds = ms / 1_000;
  if (seconds < 60) return `${seconds.toFixed(1)}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes}m${two(Math.floor(seconds % 60))}s`;
  return `${Math.floor(minutes / 60)}h${two(minutes % 60)}m`;
}

/** Of histograms, down to microseconds. */
export function fine(ms) {
  if (ms < 1) return `${Math.round(ms * 1_000)}µs`;
  return ms < 100 ? `${ms.toFixed(1)}ms` : duration(ms);
}

export const mib = (bytes) => (bytes === null ? '-' : `${(bytes / MIB).toFixed(1)}M`);
export const count = (value) => value.toLocaleString('en');
export const clock = (ms) => new Date(ms).toLocaleTimeString('en-GB');
export const plural = (number, one) => `${count(number)} ${one}${number === 1 ? '' : 's'}`;
