#!/usr/bin/env node
import { type CommandDef, defineCommand, runMain } from 'citty';
import { failToLoad, inOneLine } from './in-one-line.js';

// biome-ignore lint/suspicious/noExplicitAny: each command has arguments of its own
type AnyCommand = CommandDef<any>;

/** A command is loaded when it is asked for. @param exitCode where it fails */
function loaded(name: string, load: () => Promise<AnyCommand>, exitCode = 1) {
  return async () => {
    const command = await load().catch((error) => failToLoad(name, error, exitCode));
    return command.subCommands === undefined ? inOneLine(name, command, exitCode) : command;
  };
}

await runMain(
  defineCommand({
    meta: {
      name: 'mproc',
      description: 'Looks at pools and queues of mproc-worker, and after their shared memory.',
    },
    subCommands: {
      ps: loaded('ps', async () => (await import('./ps-command.js')).psCommand),
      trace: loaded('trace', async () => (await import('./trace-command.js')).traceCommand),
      replay: loaded('replay', async () => (await import('./replay-command.js')).replayCommand, 2),
      top: loaded('top', async () => (await import('./top-command.js')).topCommand),
      dump: loaded('dump', async () => (await import('./dump-command.js')).dumpCommand),
      queues: loaded('queues', async () => (await import('./queues-command.js')).queuesCommand),
      dead: loaded('dead', async () => (await import('./dead-command.js')).deadCommand),
      jobs: loaded('jobs', async () => (await import('./jobs-command.js')).jobsCommand),
      web: loaded('web', async () => (await import('./web-command.js')).webCommand),
      pause: loaded('pause', async () => (await import('./control-command.js')).pauseCommand),
      resume: loaded('resume', async () => (await import('./control-command.js')).resumeCommand),
      drain: loaded('drain', async () => (await import('./control-command.js')).drainCommand),
      cancel: loaded('cancel', async () => (await import('./control-command.js')).cancelCommand),
      broadcast: loaded('broadcast', async () => (await import('./control-command.js')).broadcastCommand),
      clean: loaded('clean', async () => (await import('./clean-command.js')).cleanCommand),
    },
  }),
);
