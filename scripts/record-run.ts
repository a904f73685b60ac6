// Draws what a command prints on a terminal as docs/images/<name>.svg: node --import tsx scripts/record-run.ts <name> <command> [args…]
// The command runs on a terminal of its own (`script` of util-linux), so the picture shows what a person sees.
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { drawTerminal } from './recording/draw-terminal.js';
import { screenOf } from './recording/screen.js';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const [name, ...command] = process.argv.slice(2);
if (!name || command.length === 0) {
  console.error('usage: node --import tsx scripts/record-run.ts <name> <command> [args…]');
  process.exit(2);
}

const quoted = command.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(' ');
const { stdout, status, error } = spawnSync('script', ['-qefc', `stty cols 118; ${quoted}`, '/dev/null'], {
  cwd: root,
  encoding: 'utf8',
  maxBuffer: 64 * 1024 * 1024,
  stdio: ['inherit', 'pipe', 'inherit'],
});
if (error) throw error;
process.stdout.write(stdout);
if (status !== 0) {
  console.error(`the command ended with exit code ${status}; nothing was drawn`);
  process.exit(1);
}

/** Where this checkout happens to be is nobody's business. */
const shown = screenOf(stdout).map((line) => line.replaceAll(root, '.').replace(/\.\/(?=node_modules)/g, ''));
// npm leaves the last picture of its spinner.
while (/^[\u2800-\u28ff]?$/.test(shown.at(-1)?.trim() ?? '-')) shown.pop();
const file = join(root, 'docs', 'images', `${name}.svg`);
mkdirSync(dirname(file), { recursive: true });
writeFileSync(file, drawTerminal([`$ ${command.filter((word) => word !== '--silent').join(' ')}`, ...shown]));
console.log(`drawn to ${file}`);
