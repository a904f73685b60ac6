#!/usr/bin/env node
import { defineCommand, runMain } from 'citty';
import { inOneLine } from './in-one-line.js';

await runMain(
  defineCommand({
    meta: {
      name: 'mproc',
      description: 'Looks at pools and queues of mproc-worker, and after their shared memory.',
    },
    subCommands: {
      ps: async () => inOneLine('ps', (await import('./ps-command.js')).psCommand),
      trace: async () => inOneLine('trace', (await import('./trace-command.js')).traceCommand),
      replay: async () => inOneLine('replay', (await import('./replay-command.js')).replayCommand, 2),
      top: async () => inOneLine('top', (await import('./top-command.js')).topCommand),
      dump: async () => inOneLine('dump', (await import('./dump-command.js')).dumpCommand),
      queues: async () => inOneLine('queues', (await import('./queues-command.js')).queuesCommand),
      dead: async () => (await import('./dead-command.js')).deadCommand,
      jobs: async () => inOneLine('jobs', (await import('./jobs-command.js')).jobsCommand),
      web: async () => inOneLine('web', (await import('./web-command.js')).webCommand),
      pause: async () => inOneLine('pause', (await import('./control-command.js')).pauseCommand),
      resume: async () => inOneLine('resume', (await import('./control-command.js')).resumeCommand),
      drain: async () => inOneLine('drain', (await import('./control-command.js')).drainCommand),
      cancel: async () => inOneLine('cancel', (await import('./control-command.js')).cancelCommand),
      broadcast: async () => inOneLine('broadcast', (await import('./control-command.js')).broadcastCommand),
      clean: async () => inOneLine('clean', (await import('./clean-command.js')).cleanCommand),
    },
  }),
);
