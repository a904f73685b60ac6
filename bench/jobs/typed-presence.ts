import { Presence } from './presence.worker.mjs';

/**
 * A worker whose module is TypeScript. This process needs its name and its place alone, so it loads no TypeScript; the
 * pool's processes do.
 */
export class TypedPresence extends Presence {
  static override readonly module: string = new URL('./typed-presence.worker.ts', import.meta.url).href;
}
