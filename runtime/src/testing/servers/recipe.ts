import type { ServerCommand } from './server-process.js';

/** How a kind of server is found, made and started for a test. */
export interface Recipe {
  /** The environment's variable that names one. */
  readonly variable: string;
  /** What has to be on the machine, as a person would say it. */
  readonly programs: string;
  isMissing(): boolean;
  /** @param folder for its data, empty and its own */
  prepare(folder: string): Promise<Prepared>;
}

export interface Prepared {
  readonly url: string;
  /** What has to run, in order; the last one is the server that tests stop and start. */
  readonly commands: readonly ServerCommand[];
}
