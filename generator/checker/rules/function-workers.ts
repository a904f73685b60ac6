// The rules of workers, for functions of `defineWorker` and `moduleWorker`: each adds to the rule of its name.
import type { CodeNode } from '../adapter/index.js';
import type { RuleFinding } from '../findings.js';
import { holderOf } from '../model/classes.js';
import { type FunctionWorkerModel, functionTypes } from '../model/function-workers.js';
import { enclosingFunction, isFunction, unwrap } from '../model/functions.js';
import { isOwnUrl } from '../model/own-url.js';
import { resultBodies } from '../model/process-types.js';
import { findObstacle } from '../model/transferable.js';
import type { Rule, RuleContext } from '../rule.js';
import { endlessLoops } from './honours-signal.js';
import { changesFrom } from './no-module-state.js';
import { anyInResult, findAny } from './process-types.js';

type Check = (context: RuleContext) => Iterable<RuleFinding>;

/** Gives a rule what it says of functions. */
export function withFunctions(rule: Rule): Rule {
  const check = CHECKS[rule.id];
  if (check === undefined) return rule;
  return {
    ...rule,
    *check(context) {
      yield* rule.check(context);
      yield* check(context);
    },
  };
}

const CHECKS: Readonly<Record<string, Check>> = {
  *'worker-exported'({ code, module }) {
    for (const worker of defined(module.functionWorkers)) {
      const statement = statementOf(worker.call);
      const key = holderOf(worker.call)?.symbol?.key;
      const isExported =
        statement === undefined ||
        statement.kind === 'ExportAssignment' ||
        /^(module\.)?exports\b/.test(statement.text) ||
        [...code.exportsOf(worker.file)].some(([, symbol]) => key !== undefined && symbol.key === key) ||
        (key !== undefined && isPassedOn(worker.file.root, key));
      if (isExported) continue;
      const fix =
        statement.get('declarationList')?.list('declarations').length === 1
          ? { fix: [{ file: worker.file, start: statement.start, end: statement.start, text: 'export ' }] }
          : {};
      yield { text: 'worker-exported.missing', values: { name: worker.name }, at: worker.at, ...fix };
    }
  },
  *'worker-module'({ module }) {
    for (const { call, name, at } of defined(module.functionWorkers)) {
      const [module] = call.list('arguments');
      // What a factory is given is its caller's to say.
      if (module === undefined || isOwnUrl(module) || statementOf(call) === undefined) continue;
      const values = { name, found: module.text };
      const fix = [{ file: call.file, start: module.start, end: module.end, text: 'import.meta.url' }];
      yield { text: 'worker-module.function', values, at: module ?? at, fix };
    }
  },
  *'worker-top-level'({ module }) {
    for (const { call, name, at } of defined(module.functionWorkers)) {
      const maker = statementOf(call) === undefined ? enclosingFunction(call) : undefined;
      // What is given its URL by a caller may be an export of that caller's module.
      if (!maker || !isOwnUrl(call.list('arguments')[0]) || isCalledForExport(maker)) continue;
      const outer = nameOf(maker);
      const values = { name, outer: outer === undefined ? 'a function' : `function ${outer.text}` };
      yield { text: 'worker-top-level.nested', values, at };
    }
  },
  *'process-method'({ module }) {
    for (const { body, name, at } of module.functionWorkers)
      if (body !== undefined && /^(export\s+)?(default\s+)?(async\s+)?function\s*\*/.test(body.text))
        yield { text: 'process-method.generator-function', values: { name }, at };
  },
  *'process-types'({ module }) {
    for (const worker of module.functionWorkers) {
      const { args, result } = functionTypes(worker);
      const { name } = worker;
      const inArgs = args && findAny(args.type, 'args');
      const inResult = result && anyInResult(result.type);
      if (inArgs) yield { text: 'process-types.args', values: { name, path: inArgs }, at: args.at };
      if (inResult) yield { text: 'process-types.result', values: { name, path: inResult }, at: result.at };
    }
  },
  *'args-transferable'({ module }) {
    for (const worker of module.functionWorkers) {
      const { args } = functionTypes(worker);
      const obstacle = args && findObstacle(args.type, 'args');
      if (!obstacle) continue;
      yield { text: 'args-transferable.obstacle', values: { name: worker.name, ...obstacle }, at: args.at };
    }
  },
  *'result-transferable'({ module }) {
    for (const worker of module.functionWorkers) {
      const { result } = functionTypes(worker);
      if (!result) continue;
      const obstacle = resultBodies(result.type)
        .map((body) => findObstacle(body, 'result'))
        .find((one) => one !== undefined);
      const values = obstacle && { name: worker.name, ...obstacle };
      if (values) yield { text: 'result-transferable.obstacle', values, at: result.at };
    }
  },
  *'no-module-state'({ module }) {
    const seen = new Set<CodeNode>();
    for (const { body, name } of module.functionWorkers) {
      if (body === undefined) continue;
      for (const { target, variable } of changesFrom(body)) {
        if (seen.has(target)) continue;
        seen.add(target);
        yield { text: 'no-module-state.function', values: { name, variable }, at: target };
      }
    }
  },
  *'honours-signal'({ module }) {
    const seen = new Set<CodeNode>();
    for (const { body, name } of module.functionWorkers)
      for (const loop of body === undefined ? [] : endlessLoops(body)) {
        if (seen.has(loop)) continue;
        seen.add(loop);
        yield { text: 'honours-signal.function', values: { name }, at: loop };
      }
  },
};

function defined(workers: readonly FunctionWorkerModel[]): FunctionWorkerModel[] {
  return workers.filter((worker) => worker.isDefined);
}

/** The statement of the module that the call stands in; `undefined` where it stands in a function, as of a factory. */
function statementOf(call: CodeNode): CodeNode | undefined {
  let node: CodeNode | undefined = call;
  while (node?.parent && node.parent.kind !== 'SourceFile') {
    node = node.parent;
    if (/^(ArrowFunction|Function\w+|MethodDeclaration|Class\w+)$/.test(node.kind)) return undefined;
  }
  return node;
}

function nameOf(fn: CodeNode): CodeNode | undefined {
  return fn.get('name') ?? holderOf(fn)?.get('name');
}

/** `export const half = scaled(0.5)` below the function that makes the worker. */
function isCalledForExport(maker: CodeNode): boolean {
  const key = nameOf(maker)?.symbol?.key;
  return maker.file.root.list('statements').some((statement) => {
    let called = false;
    if (!/^(export\b|(module\.)?exports\b)/.test(statement.text) || isFunction(statement)) return false;
    statement.walk((node) => {
      if (isFunction(node)) return 'skip';
      const callee = node.kind === 'CallExpression' ? unwrap(node.get('expression')) : undefined;
      if (callee && key !== undefined && callee.symbol?.key === key) called = true;
      return undefined;
    });
    return called;
  });
}

/** Is it part of something else that is made of it, as an object that is exported? */
function isPassedOn(root: CodeNode, key: object): boolean {
  let found = false;
  root.walk((node) => {
    const isValue =
      node.kind === 'ShorthandPropertyAssignment' ||
      (node.kind === 'Identifier' &&
        node.parent?.kind === 'PropertyAssignment' &&
        node.parent.get('initializer') === node);
    if (isValue && node.symbol?.key === key) found = true;
  });
  return found;
}
