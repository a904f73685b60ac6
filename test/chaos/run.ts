// npm run chaos -- [g1 … g15 | cluster | batch | hosts | fuzz | fuzz-queue | fuzz-hosts] [--jobs N] [--seconds S] [--rounds N] [--changes N] [--seed N] [--full | --smoke] [--json]
//
// `--seed` replays a random run: its decisions all come from that number, which each run prints.
// Each figure prints what it measured and whether that reaches its goal; the exit code is 1 when one does not.
// Without a name all are run, at a size that takes a few minutes; `--full` is the size of the goals.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { FigureResult, SizeName, WantedSize } from './figure.js';
import { runFigure } from './figure-process.js';

const NAMES = [
  ...Array.from({ length: 15 }, (_, index) => `g${index + 1}`),
  'cluster',
  'batch',
  'hosts',
  'fuzz',
  'fuzz-queue',
  'fuzz-hosts',
];

const { values, positionals } = mustRead();

function readCommandLine() {
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
}

function mustRead(): ReturnType<typeof readCommandLine> {
  try {
    return readCommandLine();
  } catch (error) {
    return usage((error as Error).message.split('. ')[0]!);
  }
}

function usage(problem: string): never {
  const options = '--jobs N --seconds S --rounds N --changes N --seed N --full --smoke --json';
  console.error(`${problem}. Figures: ${NAMES.join(', ')}; options: ${options}`);
  process.exit(2);
}

function build(): void {
  const script = fileURLToPath(new URL('../../scripts/build.mjs', import.meta.url));
  const built = spawnSync(process.execPath, [script], { stdio: ['ignore', 2, 2] });
  if (built.status !== 0) process.exit(built.status ?? 1);
}

function wantedSize(): WantedSize {
  const options = ['jobs', 'seconds', 'rounds', 'changes', 'seed'] as const;
  return Object.fromEntries(
    options.flatMap((option) => (values[option] === undefined ? [] : [[option, Number(values[option])]])),
  );
}

async function measure(name: string, size: SizeName): Promise<FigureResult> {
  try {
    return await runFigure(name, size, wantedSize());
  } catch (error) {
    return { name, ok: false, problem: (error as Error).message };
  }
}

function tell(figure: FigureResult): void {
  if (values.json) return console.log(JSON.stringify(figure));
  const { name, goal, ok, skipped, ...rest } = figure;
  console.log(`${name.padEnd(4)} ${skipped ? 'skipped' : ok ? 'ok' : 'BELOW ITS GOAL'}  ${goal ?? ''}`);
  console.log(`     ${skipped ?? JSON.stringify(rest)}`);
}

async function main(): Promise<void> {
  for (const name of positionals) if (!NAMES.includes(name)) usage(`there is no figure ${name}`);
  if (!values.built) build();
  const size = values.full ? 'full' : values.smoke ? 'smoke' : 'reduced';
  let isWell = true;
  for (const name of positionals.length > 0 ? positionals : NAMES) {
    const figure = await measure(name, size);
    tell(figure);
    isWell &&= figure.ok;
  }
  process.exitCode = isWell ? 0 : 1;
}

await main();
