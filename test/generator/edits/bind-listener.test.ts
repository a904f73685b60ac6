import * as tsMorph from 'ts-morph';
import { expect, test } from 'vitest';
import { bindListener } from '../../../generator/edits/bind-listener.js';

const binding = {
  worker: 'Sums',
  listeners: 'auditListeners',
  from: '../listeners/audit.listeners.js',
  modules: 'esm',
  formatter: undefined,
} as const;
const bind = (text: string) => bindListener(tsMorph, 'src/workers/sums.worker.ts', text, binding);

const PLAIN = `import { Worker } from 'mproc-worker';

/** Adds. */
export class Sums extends Worker<number[], number> {
  static override readonly module = import.meta.url; // where it is

  protected override process(numbers: number[]): number {
    return numbers.length;
  }
}
`;

test('a worker without listeners gets the import and the field, and nothing else changes', () => {
  expect(bind(PLAIN)).toBe(
    PLAIN.replace(
      "'mproc-worker';\n",
      "'mproc-worker';\nimport { auditListeners } from '../listeners/audit.listeners.js';\n",
    ).replace(
      '// where it is\n',
      '// where it is\n  static override readonly listeners = [auditListeners];\n',
    ),
  );
});

test('binding twice is binding once', () => {
  const once = bind(PLAIN);
  expect(bind(once)).toBe(once);
});

test('line ends stay as they are', () => {
  const bound = bind(PLAIN.replaceAll('\n', '\r\n'));
  expect(bound).toContain('auditListeners]');
  expect(bound.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/);
  expect(bound).toBe(bind(PLAIN).replaceAll('\n', '\r\n'));
});

test('double quotes, tabs, comments and odd spacing stay as they are', () => {
  const odd = `import { Worker } from "mproc-worker";\n\nexport class Sums extends Worker<number,number>{\n\tstatic override readonly module = import.meta.url\n\t/* keep */ protected override process ( n : number ) { return n }\n}\n`;
  const bound = bind(odd);
  expect(bound).toContain('import { auditListeners } from "../listeners/audit.listeners.js";\n');
  expect(bound).toContain('\n\tstatic override readonly listeners = [auditListeners]\n');
  expect(bound).toContain('\t/* keep */ protected override process ( n : number ) { return n }\n');
});

test('an array that is there is extended', () => {
  const text = PLAIN.replace(
    '// where it is\n',
    '// where it is\n  static override readonly listeners = [\n    sumsListeners, // first\n  ];\n',
  );
  const bound = bind(text);
  expect(bound).toMatch(/sumsListeners,[^\]]*auditListeners/);
  expect(bound).toContain('// first');
});

test('listeners that are no array literal are left for the person', () => {
  const text = PLAIN.replace('// where it is\n', '\n  static override readonly listeners = allListeners;\n');
  expect(() => bind(text)).toThrow(/Sums\.listeners is not an array literal/);
});
