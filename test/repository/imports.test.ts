import { posix } from 'node:path';
import { describe, expect, test } from 'vitest';
import { content, repositoryFiles } from './files.js';

interface Import {
  readonly from: string;
  /** A package, or a path from the root of the repository. */
  readonly what: string;
}

const IMPORT =
  /(?:^|[;\n}])\s*(?:import|export)\s(?:[^'"`;]*?\sfrom\s)?['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]\s*\)/g;

function importsBelow(folder: string): Import[] {
  return repositoryFiles()
    .filter((path) => path.startsWith(folder) && /\.(ts|ts\.hbs)$/.test(path))
    .flatMap((from) =>
      [...content(from).matchAll(IMPORT)].map((match) => importOf(from, match[1] ?? match[2] ?? '')),
    );
}

function importOf(from: string, specifier: string): Import {
  // In a template the module may be a variable; what it stands for is a file of the project.
  if (specifier.includes('{{')) return { from, what: posix.join(posix.dirname(from), 'variable') };
  const what = specifier.startsWith('.') ? posix.join(posix.dirname(from), specifier) : specifier;
  return { from, what };
}

/** Imports of other packages than those named; `node:` is always allowed. */
function foreign(imports: readonly Import[], allowed: readonly string[]): Import[] {
  const isPackage = ({ what, from }: Import) => !what.includes(`${posix.dirname(from).split('/')[0]}/`);
  const packageOf = (what: string) =>
    what
      .split('/')
      .slice(0, what.startsWith('@') ? 2 : 1)
      .join('/');
  return imports.filter(
    (one) => isPackage(one) && !one.what.startsWith('node:') && !allowed.includes(packageOf(one.what)),
  );
}

describe('imports', () => {
  test('the runtime imports its two dependencies and nothing else', () => {
    const imports = importsBelow('runtime/src/');
    const isOfCommand = ({ from }: Import) => from.startsWith('runtime/src/cli/');
    // An optional peer of `mproc-worker/otel`, which alone imports it.
    expect(
      foreign(
        imports.filter(({ from }) => !from.startsWith('runtime/src/otel/')),
        ['koffi', 'esbuild', 'vitest', 'citty', 'ws', 'uplot', 'croner'],
      ),
    ).toEqual([]);
    // Vitest runs the test kit, and is there whenever somebody runs it.
    const ofLibrary = imports.filter((one) => !isOfCommand(one));
    // esbuild is named for its types alone: the one that runs is the project's own.
    // ws is bundled into the one file that looks into processes, croner into that of schedules.
    expect(foreign(ofLibrary, ['koffi', 'esbuild', 'vitest', 'ws', 'croner', '@opentelemetry/api'])).toEqual(
      [],
    );
    // The command line is bundled, so that what it needs is not installed with the library.
    expect(foreign(imports.filter(isOfCommand), ['citty'])).toEqual([]);
  });

  test('the generator never imports runtime code', () => {
    const runtime = importsBelow('generator/').filter(({ what }) => /^(runtime\/|mproc-worker)/.test(what));
    expect(runtime).toEqual([]);
  });

  test('generated code of a new project imports the runtime, Node.js and Vitest alone', () => {
    const created = ['project', 'sums', 'crawler', 'files', 'worker', 'listener', 'strategy'];
    for (const kind of created)
      expect(foreign(importsBelow(`templates/${kind}/`), ['mproc-worker', 'vitest'])).toEqual([]);
  });

  test('contracts depend on nothing but contracts, and the codes that errors have', () => {
    const outside = importsBelow('runtime/src/contracts/').filter(
      ({ what }) => !/^(node:|runtime\/src\/(contracts\/|errors\/codes\b))/.test(what),
    );
    expect(outside).toEqual([]);
  });

  test('parent and child of a pool share the protocol, not code', () => {
    const crossing = [
      ...importsBelow('runtime/src/pool/parent/').filter(({ what }) =>
        what.startsWith('runtime/src/pool/child/'),
      ),
      ...importsBelow('runtime/src/pool/child/').filter(({ what }) =>
        what.startsWith('runtime/src/pool/parent/'),
      ),
    ];
    expect(crossing).toEqual([]);
  });
});
