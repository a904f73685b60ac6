import type { Code, CodeFile, CodeNode, CodeSymbol } from '../adapter/index.js';
import { type ClassModel, derivesFrom, heritage, memberOf } from './classes.js';

/** A function of the project that makes a queue of any kind. */
export interface QueueFactoryModel {
  readonly name: string;
  readonly file: CodeFile;
  readonly at: CodeNode;
  readonly symbol: CodeSymbol | undefined;
}

/** Classes that are a queue or its engine: by what they implement, by their base, or by their file and members. */
export function findQueues(code: Code, classes: readonly ClassModel[]): ClassModel[] {
  return classes.filter((model) => !model.file.isTest && isQueue(code, model));
}

function isQueue(code: Code, model: ClassModel): boolean {
  if (queueType(code, model)) return true;
  if (extendsQueue(code, model)) return true;
  if (!memberOf(model, 'put') || !memberOf(model, 'reserve')) return false;
  return /\.queue\.[cm]?ts$/.test(model.file.path);
}

/** A queue of the runtime with changes. */
function extendsQueue(code: Code, model: ClassModel): boolean {
  const queue = code.runtime('Queue');
  return model.type.lineage.some(
    ({ symbol }) =>
      symbol?.origin === 'runtime' &&
      symbol.declarations.some((node) =>
        heritage(node, 'implements').some((type) => derivesFrom(type.type, queue)),
      ),
  );
}

/** The `Queue<T>` or `Engine` a class says it implements, itself or a base. */
export function queueType(code: Code, model: ClassModel): CodeNode | undefined {
  const contracts = [code.runtime('Queue'), code.runtime('Engine')];
  return [model.node, ...model.bases]
    .flatMap((node) => heritage(node, 'implements'))
    .find(({ type }) => contracts.some((contract) => derivesFrom(type, contract)));
}

/** The statements of an engine, of which the runtime makes a queue. */
export function isEngine(code: Code, model: ClassModel): boolean {
  const type = queueType(code, model);
  return type !== undefined && derivesFrom(type.type, code.runtime('Engine'));
}

/** What claims within limits for an engine, wherever it stands. */
export function claimsWithinLimits(code: Code, model: ClassModel): boolean {
  const contract = code.runtime('LimitStatements');
  return heritage(model.node, 'implements').some(({ type }) => derivesFrom(type, contract));
}

/** Variables of a queue file whose type is `QueueFactory`. */
export function findQueueFactories(code: Code, file: CodeFile): QueueFactoryModel[] {
  if (file.isTest || !/\.queue\.[cm]?ts$/.test(file.path)) return [];
  const wanted = code.runtime('QueueFactory')?.key;
  return file.root
    .list('statements')
    .flatMap((statement) => statement.get('declarationList')?.list('declarations') ?? [])
    .filter((declaration) => {
      const type = declaration.get('type') ?? declaration.get('initializer')?.get('type');
      return wanted !== undefined && type?.get('typeName')?.symbol?.key === wanted;
    })
    .map((declaration) => {
      const at = declaration.get('name') ?? declaration;
      return { name: at.text, file: declaration.file, at, symbol: at.symbol };
    });
}
