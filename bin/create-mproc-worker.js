#!/usr/bin/env node
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const cli = new URL('../dist/cli.js', import.meta.url);
const [major, minor] = process.versions.node.split('.').map(Number);
const isNew = major === 20 ? minor >= 19 : major === 22 ? minor >= 12 : major > 22;
if (process.platform === 'win32') {
  console.error(
    'create-mproc-worker makes projects for Linux and macOS; this is Windows. Run it in WSL, the Linux that Windows comes with.',
  );
  process.exitCode = 2;
} else if (!isNew) {
  console.error(
    `create-mproc-worker needs Node.js 20.19 or later, or 22.12 or later; this is ${process.version}. Install a newer Node.js and run it again.`,
  );
  process.exitCode = 2;
} else if (!existsSync(cli)) {
  const checkout = fileURLToPath(new URL('..', import.meta.url));
  console.error(`create-mproc-worker is not built. Run \`npm ci\` in ${checkout} and run it again.`);
  process.exitCode = 2;
} else {
  await import(cli.href);
}
