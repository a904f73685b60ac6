#!/usr/bin/env node
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const cli = new URL('../dist/cli.js', import.meta.url);
if (Number(process.versions.node.split('.')[0]) < 20) {
  console.error(
    `create-mproc-worker needs Node.js 20 or newer; this is ${process.version}. Install a newer Node.js and run it again.`,
  );
  process.exitCode = 2;
} else if (!existsSync(cli)) {
  const checkout = fileURLToPath(new URL('..', import.meta.url));
  console.error(`create-mproc-worker is not built. Run \`npm ci\` in ${checkout} and run it again.`);
  process.exitCode = 2;
} else {
  await import(cli.href);
}
