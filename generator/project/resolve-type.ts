import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Node, Project, SourceFile, Type } from 'ts-morph';
import { parseType } from '../answers/type-grammar.js';
import type { TypeAnswer } from '../answers/type-text.js';
import { loadTsMorph, type TsMorph } from '../edits/load-ts-morph.js';
import { shown, UsageError } from '../output/failure.js';
import { importPath } from './imports.js';
import { sourceFolderOf } from './source-folder.js';
import { sourcesOf } from './sources.js';

/** A type as TypeScript takes it, with what a file has to import for it. */
export interface ResolvedType extends TypeAnswer {
  readonly imports: readonly string[];
}

const CANNOT_FIND = new Set([2304, 2503, 2552, 2693, 18004]);

/**
 * Reads a type that was typed as an answer. What the small grammar of plain data knows needs no compiler; all else is
 * resolved by the project's: types that the project exports, `z.infer<typeof Schema>`, whatever it imports elsewhere.
 * @param worker path of the file that has it
 */
export function resolveType(root: string, worker: string, flag: string, typed: string): ResolvedType {
  try {
    return { ...parseType(typed), imports: [] };
  } catch {
    return byCompiler(root, worker, flag, typed);
  }
}

function byCompiler(root: string, worker: string, flag: string, typed: string): ResolvedType {
  const tsMorph = loadTsMorph(root);
  const refuse = (why: string) =>
    new UsageError('ERR_TYPE', `${flag}: ${shown(typed)} cannot be written as a type: ${why}`);
  refuseWhatIsNoType(tsMorph, typed, refuse);
  const project = openProject(tsMorph, root);
  const place = join(root, sourceFolderOf(root), 'workers', 'mproc-type-answer.ts');
  const write = (imports: readonly string[]) =>
    project.createSourceFile(place, `${imports.join('\n')}\nexport type Answer = ${typed};\n`, {
      overwrite: true,
    });
  const missing = namesNotFound(write([]));
  const imports = missing.map((name) => importOfName(root, worker, name, refuse));
  const file = write(imports);
  const problem = file.getPreEmitDiagnostics()[0];
  if (problem) throw refuse(textOf(problem.getMessageText()));
  const type = file.getTypeAliasOrThrow('Answer').getType();
  if (type.isAny()) throw refuse('it is `any`, which says nothing; unknown does');
  return { text: typed.trim(), sample: sampleOf(type, file, 0), imports };
}

/** A text that would be more than one type must not get into a file. */
function refuseWhatIsNoType(tsMorph: TsMorph, typed: string, refuse: (why: string) => UsageError): void {
  const project = new tsMorph.Project({ useInMemoryFileSystem: true, skipLoadingLibFiles: true });
  const file = project.createSourceFile('answer.ts', `type Answer = ${typed};`);
  const [only, ...more] = file.getStatements();
  const isOne =
    more.length === 0 &&
    tsMorph.Node.isTypeAliasDeclaration(only) &&
    only.getTypeNode()?.getText() === typed.trim();
  const problem = project.getProgram().getSyntacticDiagnostics(file)[0];
  if (problem) throw refuse(textOf(problem.getMessageText()));
  if (!isOne || /[\r\n]|\/\/|\/\*/.test(typed)) throw refuse('it is not one type on one line');
}

function openProject(tsMorph: TsMorph, root: string): Project {
  const path = join(root, 'tsconfig.json');
  const compilerOptions = { noEmit: true, allowImportingTsExtensions: true, noUnusedLocals: false };
  try {
    return new tsMorph.Project({
      tsConfigFilePath: path,
      skipAddingFilesFromTsConfig: true,
      compilerOptions,
    });
  } catch {
    return new tsMorph.Project({ compilerOptions: { ...compilerOptions, strict: true } });
  }
}

function namesNotFound(file: SourceFile): string[] {
  const names = file
    .getPreEmitDiagnostics()
    .filter((problem) => CANNOT_FIND.has(problem.getCode()))
    .map((problem) => /'([^']+)'/.exec(textOf(problem.getMessageText()))?.[1] ?? '');
  return [...new Set(names)].filter((name) => name !== '');
}

function importOfName(
  root: string,
  worker: string,
  name: string,
  refuse: (why: string) => UsageError,
): string {
  const sources = sourcesOf(root).filter((path) => !/\.test\.\w+$/.test(path));
  const exported = new RegExp(
    `^export\\s+(?:declare\\s+)?(?:abstract\\s+)?(?:interface|type|class|enum|const|let|var|(?:async\\s+)?function)\\s+${name}\\b|^export\\s*\\{[^}]*\\b${name}\\b`,
    'm',
  );
  const holders = sources.filter((path) => exported.test(readFileSync(join(root, path), 'utf8')));
  if (holders.length > 1)
    throw refuse(
      `${name} is exported by ${holders.join(' and ')}; write an import of one into the file afterwards`,
    );
  if (holders[0]) return `import type { ${name} } from '${importPath(worker, holders[0])}';`;
  const packageImport = new RegExp(
    `^import\\s+(?:type\\s+)?(\\{[^}]*\\b${name}\\b[^}]*\\}|\\*\\s+as\\s+${name}|${name})\\s+from\\s+['"]([^.'"][^'"]*)['"]`,
    'm',
  );
  for (const path of sources) {
    const [, how = '', from] = packageImport.exec(readFileSync(join(root, path), 'utf8')) ?? [];
    if (from) return `import type ${how.startsWith('{') ? `{ ${name} }` : how} from '${from}';`;
  }
  throw refuse(
    `${name} is not known in this project: export it from a file of ${sourceFolderOf(root)}, or import it in one`,
  );
}

const SAMPLES: Readonly<Record<string, string>> = {
  Date: 'new Date(0)',
  RegExp: '/a/',
  Map: 'new Map()',
  Set: 'new Set()',
  Buffer: 'Buffer.alloc(0)',
  Uint8Array: 'new Uint8Array()',
};
const NO_SAMPLE = 'undefined as never';

/** A value of a type, for the first version of `process` and its test. */
function sampleOf(type: Type, at: Node, depth: number): string {
  if (depth > 6) return NO_SAMPLE;
  if (type.isUndefined() || type.isVoid() || type.isUnknown()) return 'undefined';
  if (type.isNull()) return 'null';
  if (type.isStringLiteral()) return `'${String(type.getLiteralValue()).replace(/['\\]/g, '\\$&')}'`;
  if (type.isLiteral() && !type.isEnumLiteral()) return type.getText();
  if (type.isString()) return "''";
  if (type.isNumber()) return '0';
  if (type.isBoolean()) return 'false';
  if (type.isBigInt()) return '0n';
  if (type.isUnion()) return sampleOf(type.getUnionTypes()[0] ?? type, at, depth + 1);
  if (type.isArray() || type.isReadonlyArray()) return '[]';
  if (type.isTuple())
    return `[${type
      .getTupleElements()
      .map((one) => sampleOf(one, at, depth + 1))
      .join(', ')}]`;
  const known = SAMPLES[type.getSymbol()?.getName() ?? ''];
  if (known !== undefined) return known;
  if (!type.isObject() || type.getCallSignatures().length > 0 || type.isClass()) return NO_SAMPLE;
  const fields = type.getProperties().filter((property) => !property.isOptional());
  const values = fields.map(
    (property) => `${keyOf(property.getName())}: ${sampleOf(property.getTypeAtLocation(at), at, depth + 1)}`,
  );
  return values.length === 0 ? '{}' : `{ ${values.join(', ')} }`;
}

function keyOf(name: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(name) ? name : `'${name.replace(/['\\]/g, '\\$&')}'`;
}

function textOf(message: string | { getMessageText(): string }): string {
  return typeof message === 'string' ? message : message.getMessageText();
}
