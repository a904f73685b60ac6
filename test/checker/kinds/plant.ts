import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expandQueue } from './queue-text.js';

const here = dirname(fileURLToPath(import.meta.url));
const checkout = join(here, '../../..');

/** Code that one rule has to find (`wrong`), or no rule may (`right`). */
export interface Kind {
  readonly rule: string;
  readonly verdict: 'wrong' | 'right';
  readonly name: string;
  /** Its folder, relative to the project. */
  readonly folder: string;
}

const IMPORTED = ['Worker', 'ProcessPool', 'JobEvent', 'RetryStrategy'];
const MODULE = 'static override readonly module = import.meta.url;';

/**
 * Writes what the `.txt` files beside this one hold into one project, each case in a folder of its own.
 * `### rule verdict name [file]` begins a case, `--- file` another file of it; `MOD` stands for the line of `module`, `QUEUE`
 * and `BARE` for the other members of a queue, with and without `implements`. The usual imports are added.
 */
export function plantKinds(): { root: string; kinds: Kind[]; remove(): void } {
  const root = mkdtempSync(join(tmpdir(), 'kinds-'));
  const kinds = readdirSync(here)
    .filter((name) => name.endsWith('.txt'))
    .flatMap((name) => readFileSync(join(here, name), 'utf8').split(/^### /m).slice(1))
    .map((block) => plant(root, block));
  writeFileSync(join(root, 'package.json'), '{ "name": "kinds", "private": true, "type": "module" }\n');
  writeFileSync(join(root, 'tsconfig.json'), configuration());
  return { root, kinds, remove: () => rmSync(root, { recursive: true, force: true }) };
}

function plant(root: string, block: string): Kind {
  const [head = '', ...rest] = block.split('\n');
  const [rule = '', verdict = '', name = '', first = 'x.worker.ts'] = head.trim().split(/\s+/);
  const folder = `src/${rule}/${verdict}-${name}`;
  const parts = [first, ...rest.join('\n').split(/^--- (.*)$/m)];
  for (let index = 0; index < parts.length; index += 2) {
    const path = join(root, folder, parts[index]!.trim());
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, complete(parts[index + 1]!));
  }
  return { rule, verdict: verdict as Kind['verdict'], name, folder };
}

function complete(written: string): string {
  const text = expandQueue(written).replaceAll('MOD ', `${MODULE} `);
  const missing = IMPORTED.filter(
    (name) =>
      !text.includes("require('mproc-worker')") &&
      new RegExp(`\\b${name}\\b`).test(text) &&
      !new RegExp(`import[^;]*\\b${name}\\b[^;]*'mproc-worker'`).test(text),
  );
  return missing.length > 0 ? `import { ${missing.join(', ')} } from 'mproc-worker';\n${text}` : text;
}

function configuration(): string {
  return JSON.stringify({
    compilerOptions: {
      ...{ target: 'es2024', lib: ['es2024', 'esnext.disposable'], module: 'nodenext' },
      ...{
        moduleResolution: 'nodenext',
        types: ['node'],
        typeRoots: [join(checkout, 'node_modules/@types')],
      },
      ...{ strict: true, noUncheckedIndexedAccess: true, noImplicitOverride: true, skipLibCheck: true },
      ...{ noEmit: true, allowJs: true },
      paths: {
        'mproc-worker': [join(checkout, 'runtime/dist/index.d.ts')],
        'mproc-worker/testing': [join(checkout, 'runtime/dist/testing.d.ts')],
      },
    },
    include: ['src'],
  });
}
