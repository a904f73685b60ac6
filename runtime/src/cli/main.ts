#!/usr/bin/env node
import { type CommandDef, defineCommand, runMain } from 'citty';
import { failToLoad, inOneLine } from './in-one-line.js';

/** A command is loaded when it is asked for. @param exitCode where it fails */
function loaded<Module>(
  name: string,
  load: () => Promise<Module>,
  // biome-ignore lint/suspicious/noExplicitAny: each command has arguments of its own
  commandOf: (module: Module) => CommandDef<any>,
  exitCode = 1,
) {
  return async () => {
    const command = commandOf(await load().catch((error) => failToLoad(name, error, exitCode)));
    return command.subCommands === undefined ? inOneLine(name, command, exitCode) : command;
  };
}

const control = () => import('./control-command.js');

await runMain(
  defineCommand({
    meta: {
      name: 'mproc',
      description: 'Looks at pools and queues of mproc-worker, and after their shared memory.',
    },
    subCommands: {
      ps: loaded(
        'ps',
        () => import('./ps-command.js'),
        (module) => module.psCommand,
      ),
      trace: loaded(
        'trace',
        () => import('./trace-command.js'),
        (module) => module.traceCommand,
      ),
      replay: loaded(
        'replay',
        () => import('./replay-command.js'),
        (module) => module.replayCommand,
        2,
      ),
      top: loaded(
        'top',
        () => import('./top-command.js'),
        (module) => module.topCommand,
      ),
      dump: loaded(
        'dump',
        () => import('./dump-command.js'),
        (module) => module.dumpCommand,
      ),
      queues: loaded(
        'queues',
        () => import('./queues-command.js'),
        (module) => module.queuesCommand,
      ),
      dead: loaded(
        'dead',
        () => import('./dead-command.js'),
        (module) => module.deadCommand,
      ),
      jobs: loaded(
        'jobs',
        () => import('./jobs-command.js'),
        (module) => module.jobsCommand,
      ),
      web: loaded(
        'web',
        () => import('./web-command.js'),
        (module) => module.webCommand,
      ),
      pause: loaded('pause', control, (module) => module.pauseCommand),
      resume: loaded('resume', control, (module) => module.resumeCommand),
      drain: loaded('drain', control, (module) => module.drainCommand),
      cancel: loaded('cancel', control, (module) => module.cancelCommand),
      broadcast: loaded('broadcast', control, (module) => module.broadcastCommand),
      clean: loaded(
        'clean',
        () => import('./clean-command.js'),
        (module) => module.cleanCommand,
      ),
    },
  }),
);
