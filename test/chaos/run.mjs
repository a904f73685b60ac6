// npm run chaos -- [g1 … g15 | cluster | batch | hosts | fuzz | fuzz-queue | fuzz-hosts] [--jobs N] [--seconds S] [--rounds N] [--changes N] [--seed N] [--full | --smoke] [--json]
//
// `--seed` replays a random run: its decisions all come from that number, which each run prints.
// Each figure prints what it measured and whether that reaches its goal; the exit code is 1 when one does not.
// Without a name all are run, at a size that takes a few minutes; `--full` is the size of the goals.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const NAMES = [
  ...Array.from({ length: 15 }, (_, index) => `g${index + 1}`),
  'cluster',
  'batch',
  'hosts',
  'fuzz',
  'fuzz-queue',
  'fuzz-hosts',
];
const HERE = new URL('./', import.meta.url);

const { values, positionals } = readCommandLine();

function readCommandLine() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        jobs: { type: 'string' },
        seconds: { type: 'string' },
        rounds: { type: 'string' },
        changes: { type: 'string' },
        seed: { type: 'string' },
        full: { type: 'boolean' },
        smoke: { type: 'boolean' },
        // By who has built just now.
        built: { type: 'boolean' },
        json: { type: 'boolean' },
      },
    });
  } catch (error) {
    return usage(error.message.split('. ')[0]);
  }
}

function usage(problem) {
  const options = '--jobs N --seconds S --rounds N --changes N --seed N --full --smoke --json';
  console.error(`${problem}. Figures: ${NAMES.join(', ')}; options: ${options}`);
  process.exit(2);
}

const size = values.full ? 'full' : values.smoke ? 'smoke' : 'reduced';

for (const name of positionals) if (!NAMES.includes(name)) usage(`there is no figure ${name}`);

function build() {
  const built = spawnSync(process.execPath, [fileURLToPath(new URL('../../scripts/build.mjs', HERE))], {
    stdio: ['ignore', 2, 2],
  });
  if (built.status !== 0) process.exit(built.status ?? 1);
}

async function measure(name) {
  const { goal, sizes, run } = await import(new URL(`./figures/${name}.mjs`, HERE).href);
  const wanted = { ...sizes[size] };
  for (const option of ['jobs', 'seconds', 'rounds', 'changes', 'seed'])
    if (values[option] !== undefined) wanted[option] = Number(values[option]);
  const measured = await run(wanted);
  return { name, goal, ...measured };
}

/** g12 is the generator's and a program of its own. */
function scriptOf(name) {
  const own = fileURLToPath(new URL(`./${name}.mjs`, HERE));
  if (!existsSync(own)) return [fileURLToPath(import.meta.url), name, ...process.argv.slice(2)];
  return [own, ...(size === 'full' ? [] : ['--sample', size === 'smoke' ? '5' : '40'])];
}

function runApart(name) {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [...scriptOf(name), '--json'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let text = '';
    child.stdout.on('data', (chunk) => {
      text += chunk;
    });
    child.on('close', (code) => {
      try {
        resolve(JSON.parse(text.trim().split('\n').at(-1)));
      } catch {
        resolve({ name, ok: false, problem: `ended with ${code} and said: ${text.slice(-300)}` });
      }
    });
  });
}

function tell(figure) {
  if (values.json) return console.log(JSON.stringify(figure));
  const { name, goal, ok, skipped, ...rest } = figure;
  console.log(`${name.padEnd(4)} ${skipped ? 'skipped' : ok ? 'ok' : 'BELOW ITS GOAL'}  ${goal ?? ''}`);
  console.log(`     ${skipped ?? JSON.stringify(rest)}`);
}

async function main() {
  if (!values.built) build();
  if (positionals.length === 1 && positionals[0] !== 'g12') {
    const figure = await measure(positionals[0]);
    tell(figure);
    // What a figure has left running must not keep this process.
    process.exit(figure.ok ? 0 : 1);
  }
  let isWell = true;
  for (const name of positionals.length > 0 ? positionals : NAMES) {
    const figure = await runApart(name);
    tell(figure);
    isWell &&= figure.ok;
  }
  process.exit(isWell ? 0 : 1);
}

await main();
