// `npm run test:bundlers`: builds a program with bundlers that are too large or too slow for the ordinary tests, in a
// temporary folder: Next.js takes half a minute to build, tsdown wants Node.js 22.18 in its newest versions.
import { spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CHECKOUT, type Finished, run } from '../e2e/command.js';
import { temporaryFolder } from '../e2e/generated-project.js';
import { freePort } from '../free-port.js';

const PAGE = readFileSync(new URL('../../docs/bundlers.md', import.meta.url), 'utf8');
const TSDOWN = Number(process.versions.node.split('.')[0]) < 22 ? 'tsdown@0.20' : 'tsdown@latest';
const ANSWERS_WITHIN_MS = 60_000;
const folder = temporaryFolder();
let failures = 0;

/** Writes a file as the page has it: below its first line, which is its name. */
function fromPage(project: string, file: string): void {
  const block = PAGE.split('```js\n').find((text) => text.startsWith(`// ${file}\n`));
  if (block === undefined) throw new Error(`docs/bundlers.md has no ${file}`);
  mkdirSync(dirname(join(project, file)), { recursive: true });
  writeFileSync(join(project, file), block.split('```')[0]!);
}

async function must(done: Promise<Finished>): Promise<Finished> {
  const finished = await done;
  if (finished.code !== 0) throw new Error(finished.output);
  return finished;
}

/** A project with the packed runtime, as npm installs it. */
async function project(name: string, packages: readonly string[]): Promise<string> {
  const place = join(folder, name);
  mkdirSync(place);
  const packed = await must(
    run(
      'npm',
      ['pack', '--json', '--ignore-scripts', '--pack-destination', folder],
      join(CHECKOUT, 'runtime'),
    ),
  );
  const [{ filename = '' } = {}] = Object.values(JSON.parse(packed.stdout)) as { filename: string }[];
  writeFileSync(join(place, 'package.json'), JSON.stringify({ private: true, type: 'module' }));
  const flags = ['--no-audit', '--no-fund', '--ignore-scripts'];
  await must(run('npm', ['install', ...flags, join(folder, filename), ...packages], place));
  return place;
}

function expectResult(name: string, found: string, expected: string): void {
  const ok = found === expected;
  console.log(`${ok ? 'ok  ' : 'FAIL'} ${name}`);
  if (ok) return;
  failures += 1;
  console.log(`expected ${JSON.stringify(expected)}; received ${JSON.stringify(found)}`);
}

const SOURCES = fileURLToPath(new URL('./program/src', import.meta.url));

async function tsdown(): Promise<void> {
  const place = await project('tsdown', [TSDOWN]);
  cpSync(SOURCES, join(place, 'src'), { recursive: true });
  fromPage(place, 'tsdown.config.js');
  for (const flags of [[], ['--minify']]) {
    await must(run('npx', ['tsdown', ...flags], place));
    const { output } = await run('node', ['dist/main.js'], place);
    expectResult(`${TSDOWN} ${flags.join(' ')}`, output, 'main runs 2\n[5,6]\n');
    await must(run('npx', ['tsdown', 'src/main.js', '--no-config', '-d', 'one', ...flags], place));
    const [file = ''] = readdirSync(join(place, 'one'));
    const refused = await run('node', [join('one', file)], place);
    const expected =
      /^main runs 2\nERR_WORKER_MODULE: the module of class \w+ is the running program, .*an entry/;
    expectResult(
      `${TSDOWN} in one file ${flags.join(' ')}`,
      expected.test(refused.output) ? 'refused' : refused.output,
      'refused',
    );
  }
}

async function next(): Promise<void> {
  const place = await project('next', ['next@16', 'react', 'react-dom']);
  cpSync(SOURCES, join(place, 'workers'), { recursive: true });
  for (const file of ['next.config.js', 'app/api/sums/route.js']) fromPage(place, file);
  const layout =
    'export default function Layout({ children }) { return <html><body>{children}</body></html>; }\n';
  writeFileSync(join(place, 'app/layout.js'), layout);
  for (const flags of [[], ['--webpack']]) {
    await must(run('npx', ['next', 'build', ...flags], place, { NEXT_TELEMETRY_DISABLED: '1' }));
    expectResult(`Next.js ${flags.join(' ')}`, await answerOfNext(place), '5');
  }
}

async function answerOfNext(place: string): Promise<string> {
  const port = await freePort();
  const program = join(place, 'node_modules/next/dist/bin/next');
  const server = spawn(process.execPath, [program, 'start', '-p', String(port)], { cwd: place });
  let said = '';
  const ready = new Promise<void>((resolve) => {
    for (const stream of [server.stdout, server.stderr])
      stream.on('data', (text) => {
        said += text;
        if (/ready/i.test(said)) resolve();
      });
    server.once('exit', () => resolve());
  });
  try {
    await ready;
    const signal = AbortSignal.timeout(ANSWERS_WITHIN_MS);
    return await (await fetch(`http://127.0.0.1:${port}/api/sums`, { signal })).text();
  } catch (error) {
    return `${error}: ${said}`;
  } finally {
    const gone = new Promise((resolve) => server.once('exit', resolve));
    if (server.exitCode === null && server.kill()) await gone;
  }
}

try {
  await tsdown();
  await next();
} finally {
  if (existsSync(folder)) rmSync(folder, { recursive: true, force: true });
}
console.log(failures === 0 ? 'every bundle works' : `${failures} bundles fail`);
process.exitCode = failures === 0 ? 0 : 1;
