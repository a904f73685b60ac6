// The thread of command-thread.ts. It makes of itself what each command line would have as a process.
import { realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { workerData } from 'node:worker_threads';

const { port, answered } = workerData;
let lines = 0;
let texts;

for (const name of ['stdout', 'stderr'])
  process[name].write = (text) => {
    texts[name] += text;
    return true;
  };

function answer(code) {
  port.postMessage({ code, ...texts });
  Atomics.store(answered, 0, 1);
  Atomics.notify(answered, 0);
}

function fail(error) {
  texts.stderr += `${error?.stack ?? error}\n`;
  answer(1);
}

process.on('uncaughtException', fail);
process.exit = (code) => fail(new Error(`the command ends its process with ${code}, and does not return`));

port.on('message', async ({ bin, args, cwd, environment }) => {
  texts = { stdout: '', stderr: '' };
  process.argv = [process.execPath, bin, ...args];
  process.cwd = () => realpathSync(cwd);
  process.exitCode = undefined;
  for (const stream of [process.stdout, process.stderr]) stream.removeAllListeners('error');
  for (const name of Object.keys(process.env)) delete process.env[name];
  Object.assign(process.env, environment);
  const cli = pathToFileURL(join(dirname(dirname(realpathSync(bin))), 'dist/cli.js'));
  lines += 1;
  try {
    // Only this module runs anew; those that it imports are there already.
    await import(`${cli.href}?${lines}`);
    answer(process.exitCode ?? 0);
  } catch (error) {
    fail(error);
  }
});
