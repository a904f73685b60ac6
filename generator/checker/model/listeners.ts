import type { Code, CodeFile, CodeNode, CodeSymbol, CodeType } from '../adapter/index.js';
import { unwrap } from './functions.js';

/** A map of listeners by event, kept in a variable of a module. */
export interface ListenerMap {
  readonly name: string;
  readonly declaration: CodeNode;
  readonly file: CodeFile;
  readonly symbol: CodeSymbol | undefined;
  /** The events and functions as they are written; `undefined` when the map is made by other means. */
  readonly literal: CodeNode | undefined;
}

/** The values of `JobEvent`. */
export function knownEvents(code: Code): ReadonlySet<string> {
  const alias = code.runtime('JobEvent')?.declarations.find((node) => node.kind === 'TypeAliasDeclaration');
  const parts = alias ? code.declaredType(alias).parts : [];
  return new Set(parts.map((part) => part.literal).filter((value) => typeof value === 'string'));
}

/** Maps that stand in a listener file, have the type, or look like one: the keys are events. */
export function findListenerMaps(code: Code, file: CodeFile): ListenerMap[] {
  if (file.isTest) return [];
  const isListenerFile = /\.listeners?\.[cm]?ts$/.test(file.path);
  if (!isListenerFile && !/\bListeners\b|JobEvent/.test(file.text)) return [];
  const events = knownEvents(code);
  return file.root
    .list('statements')
    .flatMap((statement) => declarationsOf(statement))
    .filter((declaration) => isMap(code, declaration, isListenerFile, events))
    .map((declaration) => ({
      name: declaration.get('name')?.text ?? 'the default export',
      declaration,
      file,
      symbol: declaration.get('name')?.symbol ?? declaration.symbol,
      literal: literalOf(declaration.get('initializer') ?? declaration.get('expression')),
    }));
}

function declarationsOf(statement: CodeNode): readonly CodeNode[] {
  if (statement.kind === 'ExportAssignment') return [statement];
  return statement.get('declarationList')?.list('declarations') ?? [];
}

/** The object an expression holds, through casts and `Object.freeze`. */
export function literalOf(value: CodeNode | undefined): CodeNode | undefined {
  const bare = unwrap(value);
  if (bare?.kind === 'ObjectLiteralExpression') return bare;
  if (bare?.kind === 'CallExpression' && bare.get('expression')?.text === 'Object.freeze')
    return literalOf(bare.list('arguments')[0]);
  return undefined;
}

function isMap(
  code: Code,
  declaration: CodeNode,
  isListenerFile: boolean,
  events: ReadonlySet<string>,
): boolean {
  const literal = literalOf(declaration.get('initializer') ?? declaration.get('expression'));
  if (namesListeners(code, declaration)) return true;
  if (!literal || literal.list('properties').length === 0) return false;
  const keys = literal.list('properties').map((property) => keyOf(property));
  if (
    isListenerFile &&
    keys.every((key) => key === undefined || /^job\.event\./.test(key)) &&
    holdsFunctions(literal)
  )
    return true;
  return keys.some((key) => key !== undefined && events.has(key)) && holdsFunctions(literal);
}

/** Whether the type of a variable, or what its value must satisfy, is `Listeners`. */
function namesListeners(code: Code, declaration: CodeNode): boolean {
  const value = declaration.get('initializer') ?? declaration.get('expression');
  const wanted = code.runtime('Listeners')?.key;
  const types = [declaration.get('type'), value?.get('type')];
  return types.some((type) => {
    let node = type;
    for (let depth = 0; node && depth < 5; depth += 1) {
      const symbol = node.get('typeName')?.symbol;
      if (symbol !== undefined && symbol.key === wanted) return true;
      node = symbol?.declarations.find((candidate) => candidate.kind === 'TypeAliasDeclaration')?.get('type');
    }
    return false;
  });
}

function holdsFunctions(literal: CodeNode): boolean {
  return literal.list('properties').some((property) => {
    if (property.kind === 'MethodDeclaration') return true;
    const { type } = property.get('initializer') ?? property.get('name') ?? property;
    return type.calls.length > 0 || (type.elements[0]?.calls.length ?? 0) > 0;
  });
}

/** What a property is called, computed names included where they are known. */
export function keyOf(property: CodeNode): string | undefined {
  const name = property.get('name');
  if (!name) return undefined;
  if (name.kind !== 'ComputedPropertyName') return name.name ?? name.text;
  const expression = unwrap(name.get('expression'));
  const value = expression?.type.literal ?? name.get('expression')?.type.literal;
  return value === undefined ? undefined : String(value);
}

/** The worker that the listeners of a map are called with; `undefined` when any will do. */
export function heardWorker(type: CodeType): CodeType | undefined {
  for (const property of type.properties) {
    if (!property.name.startsWith('job.event.')) continue;
    const parts = property.type.shape === 'union' ? property.type.parts : [property.type];
    for (const part of parts.flatMap((each) =>
      each.shape === 'array' || each.shape === 'tuple' ? each.elements : [each],
    )) {
      const worker = part.calls[0]?.parameters[0]?.type;
      if (worker && !/^(any|unknown|never)$/.test(worker.shape)) return worker;
    }
  }
  return undefined;
}

/** The expressions of a `static listeners`, one for each map. */
export function boundExpressions(member: CodeNode): CodeNode[] {
  const value = unwrap(member.get('initializer') ?? returned(member));
  if (!value) return [];
  if (value.kind !== 'ArrayLiteralExpression') return [value];
  return value.list('elements').map((element) => element);
}

function returned(member: CodeNode): CodeNode | undefined {
  return member.get('body')?.list('statements').at(-1)?.get('expression');
}
