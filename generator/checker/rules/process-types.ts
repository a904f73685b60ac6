import type { CodeType } from '../adapter/index.js';
import type { RuleFinding } from '../findings.js';
import { isOfCarrier } from '../model/carriers.js';
import { type ClassModel, heritage } from '../model/classes.js';
import { processTypes, resultBodies } from '../model/process-types.js';
import { type Look, searchType, type TypePlace } from '../model/type-search.js';
import type { Rule } from '../rule.js';

export const processTypesRule: Rule = {
  id: 'process-types',
  severity: 'error',
  clause:
    'What `process` takes and returns has a type, so that a call that does not fit is seen before it runs.',
  fixable: false,
  *check({ module }) {
    // JavaScript says no types: there is nothing that could be left out.
    for (const worker of module.allWorkers.filter(({ file }) => !file.isJavaScript)) {
      const { args, result } = processTypes(worker);
      const name = worker.name ?? 'the class';
      const inArgs = args && findAny(args.type, 'args');
      if (inArgs) yield { text: 'process-types.args', values: { name, path: inArgs }, at: args.at };
      const inResult = result && anyInResult(result.type);
      if (!inArgs && !inResult) yield* inHeritage(worker);
      if (inResult) yield { text: 'process-types.result', values: { name, path: inResult }, at: result.at };
    }
  },
};

/** `extends Worker<any, number>`: what callers may pass is not looked at, whatever `process` says. */
function* inHeritage(worker: ClassModel): Iterable<RuleFinding> {
  const base = heritage(worker.node, 'extends')[0];
  if (base?.get('expression')?.symbol?.origin !== 'runtime') return;
  const name = worker.name ?? 'the class';
  for (const [index, given] of base.list('typeArguments').slice(0, 2).entries()) {
    const path = findAny(given.type, index === 0 ? 'args' : 'result');
    const text = index === 0 ? 'process-types.args' : 'process-types.result';
    if (path) yield { text, values: { name, path }, at: given };
  }
}

/** Where a type says `any`; what the language's and Node's own types say inside is theirs. */
export function findAny(type: CodeType, path: string): string | undefined {
  return searchType({ type, path }, look);
}

function look({ type, path }: TypePlace): Look<string> {
  if (type.shape === 'any') return { found: path };
  const inside = [
    ...type.parts.map((part) => ({ type: part, path })),
    ...givenElements(type).map((element) => ({ type: element, path: `${path}[]` })),
  ];
  const isOpen =
    /^(object|intersection)$/.test(type.shape) &&
    (!type.symbol || type.symbol.origin === 'project' || type.symbol.name.startsWith('__')) &&
    type.calls.length === 0 &&
    !type.isClass;
  if (!isOpen) return { inside };
  const own = type.properties.filter((property) => !isOfCarrier(property));
  return {
    inside: [
      ...inside,
      ...own.map((property) => ({ type: property.type, path: `${path}.${property.name}` })),
      ...type.indexed.map((value) => ({ type: value, path: `${path}[]` })),
    ],
  };
}

const CONTAINERS = /^(Array|ReadonlyArray|Map|ReadonlyMap|Set|ReadonlySet|Promise)$/;

/** Other types of the library have arguments that nobody wrote: `Iterable<string>` has two more, and both are `any`. */
function givenElements(type: CodeType): readonly CodeType[] {
  const { symbol, elements } = type;
  if (symbol?.origin !== 'library' || CONTAINERS.test(symbol.name)) return elements;
  return /^(Async)?Itera/.test(symbol.name) ? elements.slice(0, 1) : [];
}

export function anyInResult(type: CodeType): string | undefined {
  for (const body of resultBodies(type)) {
    const path = findAny(body, 'result');
    if (path !== undefined) return path;
  }
  return undefined;
}
