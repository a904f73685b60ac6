import { constants } from 'node:os';

/** Has Node.js open its debugger, unless it was told not to: then it would end the process. */
export const { SIGUSR1 } = constants.signals;
