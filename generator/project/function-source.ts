import { existsSync, readFileSync, statSync } from 'node:fs';
import { join, posix } from 'node:path';
import type { ArrowFunction, FunctionDeclaration, FunctionExpression, Node } from 'ts-morph';
import { parseType } from '../answers/type-grammar.js';
import { loadTsMorph, type TsMorph } from '../edits/load-ts-morph.js';
import { shown, UsageError } from '../output/failure.js';
import { importPath } from './imports.js';

/** How a worker calls a function that the project has. */
export interface FunctionSource {
  /** Of the file, below the project. */
  readonly path: string;
  readonly exported: string;
  readonly importLine: string;
  /** What `defineWorker` is given. */
  readonly call: string;
  /** Arguments of a job, for its test. */
  readonly argsSample: string;
}

const LOCAL = 'call';

/**
 * @param worker path of the worker's file
 * @param typed as `src/resize.ts#resize`
 * @throws UsageError
 */
export function functionSource(root: string, worker: string, typed: string): FunctionSource {
  const [file = '', exported = ''] = typed.split('#');
  const path = posix.normalize(file.replace(/^\.\//, ''));
  if (exported === '' || !/^[A-Za-z_$][\w$]*$/.test(exported))
    throw refused(typed, 'say which export is meant, as src/resize.ts#resize');
  if (path.startsWith('..') || posix.isAbsolute(path))
    throw refused(typed, 'the file is not of this project');
  if (!existsSync(join(root, path)) || !statSync(join(root, path)).isFile())
    throw refused(typed, `there is no file ${path}`);
  const { names, samples } = parametersOf(root, path, exported, typed);
  const from = importPath(worker, path);
  return {
    path,
    exported,
    importLine: `import ${exported === 'default' ? LOCAL : `{ ${exported} as ${LOCAL} }`} from '${from}';`,
    // A job has one value for its arguments, and the function gets the job behind it.
    call: takesSeveral(names) ? `(args: Parameters<typeof ${LOCAL}>) => ${LOCAL}(...args)` : LOCAL,
    argsSample: takesSeveral(names) ? tupleOf(samples) : (samples[0] ?? 'undefined'),
  };
}

function takesSeveral(names: readonly string[]): boolean {
  return names.length > 1 && names[1] !== 'job';
}

function tupleOf(samples: readonly string[]): string {
  return samples.includes(UNKNOWN) ? '[] as never' : `[${samples.join(', ')}]`;
}

/** Where the type of a parameter is none that a value can be written of. */
const UNKNOWN = 'undefined as never';

function parametersOf(root: string, path: string, exported: string, typed: string) {
  const tsMorph = loadTsMorph(root);
  const project = new tsMorph.Project({
    useInMemoryFileSystem: true,
    skipLoadingLibFiles: true,
    compilerOptions: { allowJs: true, types: [] },
  });
  const text = readFileSync(join(root, path), 'utf8');
  const source = project.createSourceFile(`/${posix.basename(path)}`, text);
  const declarations = source.getExportedDeclarations();
  const declared = declarations.get(exported)?.[0];
  if (declared === undefined)
    throw refused(
      typed,
      `${path} declares no export ${exported}; it has ${[...declarations.keys()].join(', ') || 'none'}`,
    );
  const found = functionOf(tsMorph, declared);
  if (found === undefined) throw refused(typed, `${exported} of ${path} is no function`);
  if (!tsMorph.Node.isArrowFunction(found) && found.isGenerator())
    throw refused(typed, `${exported} of ${path} is a generator; a job gives one result`);
  const parameters = found.getParameters();
  return {
    names: parameters.map((parameter) => parameter.getName()),
    samples: parameters.map((parameter) => sampleOf(parameter.getTypeNode()?.getText())),
  };
}

type AnyFunction = ArrowFunction | FunctionDeclaration | FunctionExpression;

function functionOf({ Node: is }: TsMorph, declared: Node): AnyFunction | undefined {
  if (is.isFunctionDeclaration(declared) || is.isArrowFunction(declared) || is.isFunctionExpression(declared))
    return declared;
  const value = is.isVariableDeclaration(declared) ? declared.getInitializer() : undefined;
  return value !== undefined && (is.isArrowFunction(value) || is.isFunctionExpression(value))
    ? value
    : undefined;
}

function sampleOf(type: string | undefined): string {
  if (type === undefined) return UNKNOWN;
  try {
    return parseType(type).sample;
  } catch {
    return UNKNOWN;
  }
}

function refused(typed: string, problem: string): UsageError {
  return new UsageError('ERR_FROM', `--from ${shown(typed)}: ${problem}`);
}
