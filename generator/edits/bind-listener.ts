import type { ClassDeclaration, SourceFile } from 'ts-morph';
import { UsageError } from '../output/failure.js';
import type { TsMorph } from './load-ts-morph.js';
import { openText } from './source-text.js';

export interface Binding {
  /** The worker's class. */
  readonly worker: string;
  /** The exported constant: `auditListeners`. */
  readonly listeners: string;
  /** As the worker imports it: `../listeners/audit.listeners.js`. */
  readonly from: string;
}

/** Adds a constant of listeners to a worker's `static listeners`. A worker that has it already is left as it is. */
export function bindListener(tsMorph: TsMorph, path: string, text: string, binding: Binding): string {
  const source = openText(tsMorph, text, path.split('/').at(-1));
  const worker = source.getClass(binding.worker);
  if (!worker)
    throw new UsageError('ERR_WORKER', `${path} has no class ${binding.worker}: give --worker a class of it`);
  addToListeners(tsMorph, path, worker, binding);
  addImport(source, binding);
  return source.getFullText();
}

function addToListeners(tsMorph: TsMorph, path: string, worker: ClassDeclaration, binding: Binding): void {
  const { listeners } = binding;
  const property = worker.getStaticProperty('listeners');
  if (!property) {
    insertProperty(worker, listeners);
    return;
  }
  const initializer = property.asKind(tsMorph.SyntaxKind.PropertyDeclaration)?.getInitializer();
  const array = initializer?.asKind(tsMorph.SyntaxKind.ArrayLiteralExpression);
  if (!array)
    throw new UsageError(
      'ERR_LISTENERS',
      `${path}: ${binding.worker}.listeners is not an array literal; make it one, as \`static override readonly listeners = [${listeners}]\``,
    );
  if (!array.getElements().some((element) => element.getText() === listeners)) array.addElement(listeners);
}

/** Behind `static module`, where the templates have it, else first. */
function insertProperty(worker: ClassDeclaration, listeners: string): void {
  const moduleIndex = worker
    .getMembers()
    .findIndex((member) => member.getText() === worker.getStaticProperty('module')?.getText());
  worker.insertProperty(moduleIndex + 1, {
    name: 'listeners',
    isStatic: true,
    hasOverrideKeyword: true,
    isReadonly: true,
    initializer: `[${listeners}]`,
  });
}

function addImport(source: SourceFile, { listeners, from }: Binding): void {
  const existing = source.getImportDeclaration(
    (declaration) => declaration.getModuleSpecifierValue() === from && !declaration.isTypeOnly(),
  );
  if (existing?.getNamedImports().some((named) => named.getName() === listeners)) return;
  if (existing) existing.addNamedImport(listeners);
  else source.addImportDeclaration({ moduleSpecifier: from, namedImports: [listeners] });
}
