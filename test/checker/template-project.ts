import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { EVENTS } from '../../generator/answers/events.js';
import { renderText } from '../../generator/templates/render.js';
import { renderFolder } from '../../generator/templates/tree.js';

const checkout = join(dirname(fileURLToPath(import.meta.url)), '../..');

export interface TemplateProject {
  readonly root: string;
  /** Texts by path relative to the root. */
  readonly files: ReadonlyMap<string, string>;
  remove(): void;
}

const ADDED_WORKERS: readonly [name: string, kebab: string, args: string, result: string, sample: string][] =
  [
    ['Resize', 'resize', '{ file: string; width: number }', 'Uint8Array', 'new Uint8Array()'],
    ['Echo', 'echo', 'number', 'number', '0'],
    [
      'Audit',
      'audit',
      'Map<string, Set<bigint>>',
      '{ ok: boolean; notes: string[] }',
      '{ ok: false, notes: [] }',
    ],
  ];

const NO_QUEUE = {
  queue: 'none',
  queueModule: '',
  queueFactory: '',
  host: false,
  strategy: '',
  strategyIn: '',
  strategyModule: '',
};
/**
 * Everything the templates can make, in one project: whole projects side by side, and parts that were added.
 * @param more files besides, by their path in it
 */
export function makeTemplateProject(more: Iterable<readonly [string, string]> = []): TemplateProject {
  const files = new Map<string, string>(more);
  const add = (base: string, place: string, variables: Record<string, unknown> = {}) => {
    for (const { path, contents } of renderFolder(place, variables)) files.set(join(base, path), contents);
  };
  for (const template of ['sums', 'crawler', 'files']) {
    add(template, template, { ...NO_QUEUE, template });
  }
  for (const names of ADDED_WORKERS) addWorker(add, names);
  add('added', 'strategy', { name: 'Patient', kebab: 'patient', camel: 'patient' });
  for (const [engine, name] of [
    ['blank', 'Orders'],
    ['sqlite', 'Invoices'],
    ['shared-memory', 'Shared'],
  ]) {
    add('added', `queue/${engine}`, { name, kebab: name!.toLowerCase(), camel: name!.toLowerCase() });
  }
  return write(files);
}

type Add = (base: string, place: string, variables: Record<string, unknown>) => void;

function addWorker(add: Add, [name, kebab, args, result, sample]: (typeof ADDED_WORKERS)[number]): void {
  const camel = `${name[0]!.toLowerCase()}${name.slice(1)}`;
  const isEcho = args === result;
  const variables = {
    ...{ name, kebab, camel, args, result, argsSample: isEcho ? '0' : `{} as ${args}`, resultSample: sample },
    ...{ worker: name, workerModule: `workers/${kebab}.worker.ts`, echoes: isEcho },
    ...{ imports: [], events: isEcho ? [] : EVENTS, listeners: !isEcho },
    ...{ strategy: isEcho ? 'Patient' : '', strategyKebab: isEcho ? 'patient' : '' },
  };
  add('added', 'worker', variables);
  if (!isEcho) add('added', 'listener', variables);
}

function write(files: Map<string, string>): TemplateProject {
  const root = mkdtempSync(join(tmpdir(), 'checked-'));
  files.set('package.json', '{ "name": "checked", "private": true, "type": "module" }\n');
  files.set('tsconfig.json', configuration());
  for (const [path, text] of files) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  symlinkSync(join(checkout, 'node_modules'), join(root, 'node_modules'));
  return { root, files, remove: () => rmSync(root, { recursive: true, force: true }) };
}

/** That of the templates, with the runtime's sources in the place of the installed package. */
function configuration(): string {
  const template = readFileSync(join(checkout, 'templates/project/tsconfig.json.hbs'), 'utf8');
  const config = JSON.parse(renderText(template, { commonjs: false })) as {
    compilerOptions: Record<string, unknown>;
  };
  const { rootDir: _rootDir, outDir: _outDir, ...compilerOptions } = config.compilerOptions;
  const runtime = join(checkout, 'runtime/dist');
  const paths = {
    'mproc-worker': [`${runtime}/index.d.ts`],
    'mproc-worker/testing': [`${runtime}/testing.d.ts`],
  };
  return JSON.stringify({
    compilerOptions: { ...compilerOptions, noEmit: true, paths },
    include: ['sums', 'crawler', 'files', 'added'],
  });
}
