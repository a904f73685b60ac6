import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { SourceMap } from 'node:module';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { describe, expect, test } from 'vitest';
import { freePort } from '../../../free-port.js';
import { InspectorClient } from './inspector-client.js';
import { ProgramFolder, runners } from './program-folder.js';

const WORKER = `import { Worker } from 'mproc-worker';

interface Given { readonly n: number }

export class Twice extends Worker<Given, number> {
  static override readonly module = import.meta.url;
  protected override process(given: Given): number {
    const twice: number = given.n * 2;
    return twice;
  }
}
`;
const STOPS_AT = WORKER.split('\n').findIndex((line) => line.includes('return twice'));
const MAIN = `import { ProcessPool } from 'mproc-worker';
import { Twice } from './twice.worker.ts';
const pool = new ProcessPool({ processes: 1, execArgv: ['--inspect-brk=127.0.0.1:' + process.env.PORT] });
console.log(JSON.stringify((await pool.run(new Twice(), { n: 4 })).body));
await pool.close();
`;

interface Paused {
  readonly hitBreakpoints?: readonly string[];
  readonly callFrames: readonly {
    readonly callFrameId: string;
    readonly functionName: string;
  }[];
}

interface Script {
  readonly url: string;
  readonly sourceMapURL: string;
}

/** As debuggers do: before a script with a source map runs, its breakpoints are set where the map says. */
const BEFORE_MAPPED = 'beforeScriptWithSourceMapExecution';

async function setMapped(client: InspectorClient, script: Script, url: string): Promise<void> {
  if (script.url !== url) return;
  const map = new SourceMap(
    JSON.parse(Buffer.from(script.sourceMapURL.split('base64,')[1]!, 'base64').toString()),
  );
  for (let lineNumber = 0; lineNumber < 50; lineNumber += 1)
    for (let columnNumber = 0; columnNumber < 1_000; columnNumber += 1) {
      const entry = map.findEntry(lineNumber, columnNumber);
      if (
        'originalLine' in entry &&
        entry.originalLine === STOPS_AT &&
        entry.generatedColumn === columnNumber
      )
        return void (await client.call('Debugger.setBreakpointByUrl', { url, lineNumber, columnNumber }));
    }
}

async function breakpointOf(client: InspectorClient): Promise<Paused> {
  for (;;) {
    const paused = client.next('Debugger.paused');
    await client.call('Debugger.resume');
    const found = (await paused) as Paused & { readonly reason: string };
    if (found.reason !== 'instrumentation') return found;
    // What the event of the script has begun has its answer by then: calls are answered in order.
    await client.call('Runtime.getHeapUsage');
  }
}

async function connectTo(port: number): Promise<InspectorClient> {
  for (let tries = 0; ; tries += 1)
    try {
      return await InspectorClient.connect(port);
    } catch (error) {
      if (tries === 600) throw error;
      await sleep(100);
    }
}

describe.each(runners().filter(({ name }) => name !== 'tsx'))('a program run by `$name`', (runner) => {
  test('stops in a child at a breakpoint that is set by the URL of the TypeScript file', async () => {
    const folder = new ProgramFolder({ 'main.ts': MAIN, 'twice.worker.ts': WORKER });
    const port = await freePort();
    const { NODE_OPTIONS, VITEST, TSX_TSCONFIG_PATH, ...plain } = process.env;
    const program = spawn(process.execPath, [...runner.command, 'main.ts'], {
      cwd: folder.path,
      env: { ...plain, PORT: String(port) },
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    let said = '';
    program.stdout.on('data', (chunk) => {
      said += chunk;
    });
    try {
      const client = await connectTo(port);
      await client.call('Debugger.enable');
      const url = pathToFileURL(join(folder.path, 'twice.worker.ts')).href;
      if (runner.loader === 'node')
        await client.call('Debugger.setBreakpointByUrl', { url, lineNumber: STOPS_AT });
      else client.on('Debugger.scriptParsed', (script) => void setMapped(client, script as Script, url));
      await client.call('Debugger.setInstrumentationBreakpoint', { instrumentation: BEFORE_MAPPED });
      const atStart = client.next('Debugger.paused');
      await client.call('Runtime.runIfWaitingForDebugger');
      await atStart;
      const { hitBreakpoints, callFrames } = await breakpointOf(client);
      // The name of a breakpoint has the URL that it was set by.
      expect(hitBreakpoints).toEqual([expect.stringContaining(url)]);
      expect(callFrames[0]?.functionName).toBe('process');
      const { callFrameId = '' } = callFrames[0] ?? {};
      const seen = await client.call('Debugger.evaluateOnCallFrame', {
        callFrameId,
        expression: 'given.n + twice',
      });
      expect(seen).toMatchObject({ result: { value: 12 } });
      await client.call('Debugger.resume');
      client.close();
      await once(program, 'exit');
      expect(said.trim()).toBe('8');
    } finally {
      program.kill('SIGKILL');
      folder.remove();
    }
  });
});
