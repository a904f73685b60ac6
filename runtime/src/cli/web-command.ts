import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { defineCommand } from 'citty';
import { setTimeout } from '../clock/timers.js';
import { mustHaveProc } from '../inspect/must-have-proc.js';
import { openHistories } from '../inspect/queues/kept-jobs.js';
import { closeQueues, openQueues } from '../inspect/queues/open-queues.js';
import { newToken, WebServer } from '../web/server.js';
import { QUEUE_ARGS, queueChoice } from './queue-args.js';

const { json: _, ...CHOICE_ARGS } = QUEUE_ARGS;

export const webCommand = defineCommand({
  meta: { name: 'web', description: 'Show pools and queues on a page of this machine, until Ctrl-C.' },
  args: {
    pids: {
      type: 'positional',
      description: 'Pids of programs, with commas; without any, all of yours',
      required: false,
    },
    port: { type: 'string', description: 'Port; 0 for one that is free', default: '0', valueHint: '4800' },
    'allow-control': {
      type: 'boolean',
      description: 'The page may also show stacks, cancel jobs, put dead letters back and remove them',
    },
    passive: { type: 'boolean', description: 'Ask nothing of the programs, only read their shared memory' },
    ...CHOICE_ARGS,
  },
  async run({ args, rawArgs }) {
    mustHaveProc('web');
    const port = Number(args.port);
    if (!Number.isInteger(port) || port < 0 || port > 65_535)
      throw new Error(`--port takes a number from 0 to 65535; received ${args.port}`);
    const pids = (args.pids ?? '').split(',').filter((one) => one !== '');
    if (!pids.every((pid) => /^\d+$/.test(pid)))
      throw new Error(`takes pids of programs; received ${args.pids}`);
    const choice = queueChoice(args, rawArgs);
    const queues = await openQueues(choice);
    const histories = choice.modules.length === 0 ? [] : await openHistories({ ...choice, names: [] });
    const server = new WebServer({
      port,
      token: givenToken() ?? newToken(),
      pids: pids.map(Number),
      allowControl: args['allow-control'] === true,
      passive: args.passive === true,
      queues,
      histories,
      page: readFileSync(join(import.meta.dirname, 'web.html'), 'utf8'),
    });
    try {
      const address = await server.listen();
      process.stdout.write(`${address}\n`);
      await new Promise<void>((resolve) => {
        for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => resolve());
      });
    } finally {
      await server.close();
      await closeQueues([...queues, ...histories]);
      setTimeout(() => process.exit(), 0);
    }
  },
});

/** Of the environment, where a program is to know it too: words of a command are seen by all users. @throws Error */
function givenToken(): string | undefined {
  const token = process.env.MPROC_WEB_TOKEN;
  if (token === undefined || /^[\w-]{20,200}$/.test(token)) return token;
  throw new Error('MPROC_WEB_TOKEN must have 20 to 200 letters, digits, dashes and underscores');
}
