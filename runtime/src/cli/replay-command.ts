import { constants } from 'node:os';
import { defineCommand } from 'citty';
import { prepareReplay, runReplay } from './replay.js';

export const replayCommand = defineCommand({
  meta: {
    name: 'replay',
    description: 'Run a job again that has failed, from the file that `keepFailed` of its pool has written.',
  },
  args: {
    file: { type: 'positional', description: 'The file, as `replayFile` of the response names it' },
    module: { type: 'string', description: 'Where the module of the worker is now' },
    inspect: { type: 'boolean', description: 'Open a debugger port; --inspect=[host:]port for another one' },
    'inspect-brk': {
      type: 'boolean',
      description: 'The same, and wait for a debugger, which stops before the job',
    },
  },
  async run({ args, rawArgs }) {
    const { file = '', module } = args;
    const exit = await runReplay(prepareReplay(file, { module, inspect: inspectFlag(rawArgs) }));
    process.exitCode = typeof exit === 'number' ? exit : 128 + constants.signals[exit];
  },
});

/** The flag of Node.js for what was asked for. */
function inspectFlag(rawArgs: readonly string[]): string | undefined {
  for (const arg of rawArgs) {
    const [, brk, value = ''] = /^--inspect(-brk)?(=.+)?$/.exec(arg) ?? [];
    if (arg.startsWith('--inspect')) return `--inspect${brk === undefined ? '' : '-wait'}${value}`;
  }
  return undefined;
}
