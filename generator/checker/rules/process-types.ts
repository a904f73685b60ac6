import type { CodeType } from '../adapter/index.js';
import type { RuleFinding } from '../findings.js';
import { type ClassModel, heritage } from '../model/classes.js';
import { processTypes, resultBodies } from '../model/process-types.js';
import type { Rule } from '../rule.js';

export const processTypesRule: Rule = {
  id: 'process-types',
  severity: 'error',
  clause:
    'What `process` takes and returns has a type, so that a call that does not fit is seen before it runs.',
  fixable: false,
  *check({ project }) {
    for (const worker of project.allWorkers) {
      const { args, result } = processTypes(worker);
      const name = worker.name ?? 'the class';
      const inArgs = args && findAny(args.type, 'args');
      if (inArgs) yield { text: 'process-types.args', values: { name, path: inArgs }, at: args.at };
      const inResult = result && first(resultBodies(result.type), (body) => findAny(body, 'result'));
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
function findAny(type: CodeType, path: string, seen = new Set<object>()): string | undefined {
  if (type.shape === 'any') return path;
  if (seen.has(type.key)) return undefined;
  seen.add(type.key);
  const inside =
    first(type.parts, (part) => findAny(part, path, seen)) ??
    first(givenElements(type), (element) => findAny(element, `${path}[]`, seen));
  if (inside || !/^(object|intersection)$/.test(type.shape)) return inside;
  if (type.symbol && type.symbol.origin !== 'project' && !type.symbol.name.startsWith('__')) return undefined;
  if (type.calls.length > 0 || type.isClass) return undefined;
  return (
    first(type.properties, (property) => findAny(property.type, `${path}.${property.name}`, seen)) ??
    first(type.indexed, (value) => findAny(value, `${path}[]`, seen))
  );
}

const CONTAINERS = /^(Array|ReadonlyArray|Map|ReadonlyMap|Set|ReadonlySet|Promise)$/;

/** Other types of the library have arguments that nobody wrote: `Iterable<string>` has two more, and both are `any`. */
function givenElements(type: CodeType): readonly CodeType[] {
  const { symbol, elements } = type;
  if (symbol?.origin !== 'library' || CONTAINERS.test(symbol.name)) return elements;
  return /^(Async)?Itera/.test(symbol.name) ? elements.slice(0, 1) : [];
}

function first<T>(items: readonly T[], find: (item: T) => string | undefined): string | undefined {
  for (const item of items) {
    const found = find(item);
    if (found !== undefined) return found;
  }
  return undefined;
}
