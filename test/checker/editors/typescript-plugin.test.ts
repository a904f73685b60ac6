import { existsSync, mkdirSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { LENGTHS, Project } from '../project.js';
import { LanguageServer } from './language-server.js';

// A server and a compilation are seconds of work on a busy machine.
vi.setConfig({ testTimeout: 600_000, hookTimeout: 600_000 });

const checkout = join(dirname(fileURLToPath(import.meta.url)), '../../..');
const FILE = 'src/lengths.worker.ts';
const WRONG = `import { Worker } from 'mproc-worker';

const seen: string[] = [];
class Lengths extends Worker<string, number> {
  static override readonly module = './lengths.worker.js';

  protected override async process(text: string): Promise<number> {
    seen.push(text);
    this.later();
    return text.length;
  }

  async later(): Promise<void> {}
}
`;

/** A project whose file is open in an editor. */
function open(tsserver: string): { project: Project; server: LanguageServer } {
  const project = new Project({ [FILE]: WRONG });
  const config = JSON.parse(project.read('tsconfig.json'));
  config.compilerOptions.plugins = [{ name: 'typescript-plugin-mproc' }];
  project.write('tsconfig.json', JSON.stringify(config));
  mkdirSync(join(project.root, 'node_modules'));
  symlinkSync(
    join(checkout, 'typescript-plugin'),
    join(project.root, 'node_modules/typescript-plugin-mproc'),
  );
  const options = ['--disableAutomaticTypingAcquisition', '--pluginProbeLocations', project.root];
  const server = new LanguageServer(tsserver, project.root, options);
  server.tell('open', { file: join(project.root, FILE) });
  return { project, server };
}

interface Shown {
  readonly start: { readonly line: number; readonly offset: number };
  readonly end: { readonly line: number; readonly offset: number };
  readonly text: string;
  readonly code: number;
  readonly category: string;
  readonly source?: string;
}

const ruleOf = ({ text }: Shown) => /\(([\w-]+): https:\S+\)$/.exec(text)?.[1];

// npm installs them; a checkout without them has to run `npm ci`.
const COMPILERS = [
  ['5.5', 'typescript5'],
  ['6', '@typescript/old'],
].map(([version, name]) => ({
  version,
  tsserver: join(checkout, 'node_modules', name!, 'lib/tsserver.js'),
}));

describe.each(COMPILERS)('in the language server of TypeScript $version', ({ tsserver }) => {
  const isThere = existsSync(tsserver);
  let project: Project;
  let server: LanguageServer;
  let file: string;
  beforeAll(() => {
    if (!isThere) return;
    ({ project, server } = open(tsserver));
    file = join(project.root, FILE);
  });
  afterAll(async () => {
    await server?.stop();
    project?.remove();
  });

  const shown = async () => (await server.ask('semanticDiagnosticsSync', { file })) as Shown[];
  const type = (newText: string) => {
    const everything = { start: { line: 1, offset: 1 }, end: { line: 100, offset: 1 } };
    server.tell('updateOpen', {
      changedFiles: [{ fileName: file, textChanges: [{ ...everything, newText }] }],
    });
  };

  test.skipIf(!isThere)('findings are where they belong, with the page of their rule', async () => {
    const all = await shown();
    expect(all.map((each) => [ruleOf(each), each.start.line, each.source, each.category])).toEqual([
      ['worker-exported', 4, 'mproc', 'error'],
      ['worker-module', 5, 'mproc', 'error'],
      ['no-module-state', 8, 'mproc', 'error'],
      ['no-floating-promise', 9, 'mproc', 'error'],
    ]);
    expect(all[0]).toMatchObject({ start: { line: 4, offset: 7 }, end: { line: 4, offset: 14 } });
  });

  test.skipIf(!isThere)(
    'repairs are offered, alone and for the whole file; a risky one says so',
    async () => {
      const [exported, , state, dropped] = await shown();
      expect(await server.ask('getSupportedCodeFixes', { file })).toContain(String(exported!.code));
      const fixesAt = async ({ start, end, code }: Shown) =>
        (await server.ask('getCodeFixes', {
          ...{ file, startLine: start.line, startOffset: start.offset },
          ...{ endLine: end.line, endOffset: end.offset, errorCodes: [code] },
        })) as { description: string; fixId?: string; changes: unknown }[];
      const changes = [{ textChanges: [{ newText: 'export ' }] }];
      const [exporting] = await fixesAt(exported!);
      expect(exporting).toMatchObject({
        description: 'Repair worker-exported: write `export` before it',
        changes,
      });
      const scope = { type: 'file', args: { file } };
      const { fixId } = exporting!;
      expect(await server.ask('getCombinedCodeFix', { scope, fixId })).toMatchObject({ changes });
      const [awaiting] = await fixesAt(dropped!);
      expect(awaiting!.description).toMatch(/may change what the code does\)$/);
      expect(awaiting!.fixId).toBeUndefined();
      expect(await fixesAt(state!)).toEqual([]);
    },
  );

  test.skipIf(!isThere)(
    'what is typed counts, and not what is on disk; the compiler says its own',
    async () => {
      type(LENGTHS);
      expect(await shown()).toEqual([]);
      type(LENGTHS.replace('export class', 'class').replace('text.length', 'text'));
      expect((await shown()).map((each) => ruleOf(each) ?? each.code)).toEqual([2322, 'worker-exported']);
    },
  );

  test.skipIf(!isThere)('comments and the settings of the project are heeded', async () => {
    const rules = { 'worker-module': 'off' };
    const folders = { src: { 'worker-exported': 'warning' } };
    project.write('.mproc/check.json', JSON.stringify({ rules, folders }));
    type(WRONG.replace('    seen', '    // mproc-check-ignore no-module-state: a trial\n    seen'));
    expect((await shown()).map((each) => [ruleOf(each), each.category])).toEqual([
      ['worker-exported', 'warning'],
      ['no-floating-promise', 'error'],
    ]);
  });
});
