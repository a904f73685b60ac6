import type { ClassDeclaration, Node, SourceFile } from 'ts-morph';
import { UsageError } from '../output/failure.js';
import type { Formatter } from '../style/formatter.js';
import type { TsMorph } from './load-ts-morph.js';
import { type Insertion, insertAll } from './text-edit.js';

export interface Binding {
  /** The worker's class. */
  readonly worker: string;
  /** The exported constant: `auditListeners`. */
  readonly listeners: string;
  /** As the worker imports it: `../listeners/audit.listeners.ts`. */
  readonly from: string;
  readonly modules: 'esm' | 'commonjs';
  readonly formatter: Formatter | undefined;
}

/**
 * Adds a constant of listeners to a worker's `static listeners`. A worker that has it already is left as it is.
 * ts-morph finds the places; the text is put in by hand, as ts-morph's own changes drop comments at the end of a line.
 */
export function bindListener(tsMorph: TsMorph, path: string, text: string, binding: Binding): string {
  const bound = withListener(tsMorph, path, text, binding);
  const { formatter } = binding;
  // Only a file that the formatter has had already: in another one it would change lines that are not ours.
  return formatter && formatter.format(path, text) === text ? formatter.format(path, bound) : bound;
}

function withListener(tsMorph: TsMorph, path: string, text: string, binding: Binding): string {
  const project = new tsMorph.Project({ useInMemoryFileSystem: true, skipLoadingLibFiles: true });
  const source = project.createSourceFile(path.split('/').at(-1) ?? path, text);
  // The compiler leaves a byte order mark out of its positions.
  const mark = text.startsWith('\ufeff') ? 1 : 0;
  const worker = source.getClass(binding.worker);
  if (!worker)
    throw new UsageError('ERR_WORKER', `${path} has no class ${binding.worker}: give --worker a class of it`);
  const style = styleOf(text);
  const insertions = [
    ...intoListeners(tsMorph, path, worker, binding, style),
    ...(path.endsWith('ts') || binding.modules === 'esm'
      ? intoImports(source, binding, style)
      : intoRequires(text.slice(mark), binding, style)),
  ];
  return text.slice(0, mark) + insertAll(text.slice(mark), insertions);
}

interface Style {
  readonly eol: string;
  readonly quote: string;
  readonly indentation: string;
}

function styleOf(text: string): Style {
  return {
    eol: text.includes('\r\n') ? '\r\n' : '\n',
    quote: /^(?:import [^'"]*|.*\brequire\()(['"])/m.exec(text)?.[1] ?? "'",
    indentation: /^(\t+| +)\S/m.exec(text.replace(/^ \*.*$/gm, ''))?.[1] ?? '  ',
  };
}

function intoListeners(
  tsMorph: TsMorph,
  path: string,
  worker: ClassDeclaration,
  { worker: name, listeners }: Binding,
  style: Style,
): Insertion[] {
  const property = worker.getStaticProperty('listeners');
  if (!property) return [newProperty(tsMorph, worker, path.endsWith('ts'), listeners, style)];
  const initializer = property.asKind(tsMorph.SyntaxKind.PropertyDeclaration)?.getInitializer();
  const array = initializer?.asKind(tsMorph.SyntaxKind.ArrayLiteralExpression);
  if (!array)
    throw new UsageError(
      'ERR_LISTENERS',
      `${path}: ${name}.listeners is not an array literal; make it one, as \`static override readonly listeners = [${listeners}]\``,
    );
  const elements = array.getElements();
  if (elements.some((element) => element.getText() === listeners)) return [];
  const last = elements.at(-1);
  return [
    last ? { at: last.getEnd(), text: `, ${listeners}` } : { at: array.getStart() + 1, text: listeners },
  ];
}

/** Behind `static module`, where the templates have it, else first in the class. */
function newProperty(
  tsMorph: TsMorph,
  worker: ClassDeclaration,
  isTyped: boolean,
  listeners: string,
  style: Style,
): Insertion {
  const module = worker.getStaticProperty('module');
  const semicolon = module && !module.getText().endsWith(';') ? '' : ';';
  const text = `${style.eol}${style.indentation}static ${isTyped ? 'override readonly ' : ''}listeners = [${listeners}]${semicolon}`;
  const brace = worker.getFirstChildByKindOrThrow(tsMorph.SyntaxKind.OpenBraceToken);
  return { at: module ? endOfLine(module) : brace.getEnd(), text };
}

function intoImports(source: SourceFile, { listeners, from }: Binding, { eol, quote }: Style): Insertion[] {
  const imports = source.getImportDeclarations();
  const existing = imports.find(
    (declaration) => declaration.getModuleSpecifierValue() === from && !declaration.isTypeOnly(),
  );
  const names = existing?.getNamedImports() ?? [];
  if (names.some((named) => named.getName() === listeners)) return [];
  const lastName = names.at(-1);
  if (lastName) return [{ at: lastName.getEnd(), text: `, ${listeners}` }];
  const last = imports.at(-1);
  const semicolon = last && !last.getText().endsWith(';') ? '' : ';';
  const line = `import { ${listeners} } from ${quote}${from}${quote}${semicolon}`;
  return [last ? { at: endOfLine(last), text: eol + line } : { at: 0, text: line + eol }];
}

function intoRequires(text: string, { listeners, from }: Binding, { eol, quote }: Style): Insertion[] {
  if (new RegExp(`\\b${listeners}\\b[^\\n]*\\brequire\\(`).test(text)) return [];
  const line = `const { ${listeners} } = require(${quote}${from}${quote});`;
  const last = [...text.matchAll(/^(?:const|let|var)\b[^;\n]*\brequire\([^\n]*/gm)].at(-1);
  if (!last) return [{ at: 0, text: line + eol }];
  return [{ at: last.index + last[0].replace(/\r$/, '').length, text: eol + line }];
}

/** The end of a node with the comments behind it on its line. */
function endOfLine(node: Node): number {
  return node.getTrailingCommentRanges().at(-1)?.getEnd() ?? node.getEnd();
}
