import { hostname } from 'node:os';

/** What this process is called as a host: its machine, and its number there. */
export function hostName(): string {
  return `${hostname()}:${process.pid}`;
}
