import type { Code, CodeFile, CodeNode } from '../adapter/index.js';
import { type ClassModel, derivesFrom, heritage, ownMember } from './classes.js';
import { functionOf } from './functions.js';
import { literalOf } from './listeners.js';

/** Something of the project that decides what follows a failure. */
export interface StrategyModel {
  readonly name: string;
  readonly file: CodeFile;
  /** The function `decide`, where the project has it. */
  readonly decide: CodeNode | undefined;
  readonly at: CodeNode;
}

export function findStrategies(code: Code, classes: readonly ClassModel[]): StrategyModel[] {
  const fromClasses = classes
    .filter((model) => !model.file.isTest && isStrategy(code, model))
    .map((model) => ({
      name: model.name ?? 'the strategy',
      file: model.file,
      decide: decideOf(model.node),
      at: model.at,
    }));
  return [
    ...fromClasses,
    ...code.files.filter((file) => !file.isTest).flatMap((file) => literalsIn(code, file)),
  ];
}

function isStrategy(code: Code, model: ClassModel): boolean {
  const strategy = code.runtime('Strategy');
  const nodes = [model.node, ...model.bases];
  if (nodes.flatMap((node) => heritage(node, 'implements')).some((type) => derivesFrom(type.type, strategy)))
    return true;
  const runtimeBase = model.type.lineage.some(
    (type) => type.symbol?.origin === 'runtime' && type.property('decide'),
  );
  return (
    runtimeBase ||
    (/\.strategy\.[cm]?ts$/.test(model.file.path) && ownMember(model.node, 'decide') !== undefined)
  );
}

function decideOf(node: CodeNode): CodeNode | undefined {
  const member = ownMember(node, 'decide');
  return member && functionOf(member);
}

/** `const patient: Strategy = { decide(failure) { … } }` */
function literalsIn(code: Code, file: CodeFile): StrategyModel[] {
  const wanted = code.runtime('Strategy')?.key;
  if (wanted === undefined || !/\bdecide\b/.test(file.text)) return [];
  const found: StrategyModel[] = [];
  file.root.walk((node) => {
    if (node.kind !== 'VariableDeclaration') return;
    const value = node.get('initializer');
    const type = node.get('type') ?? value?.get('type');
    if (type?.get('typeName')?.symbol?.key !== wanted) return;
    const member = literalOf(value)
      ?.list('properties')
      .find((property) => property.name === 'decide' || property.get('name')?.text === 'decide');
    const name = node.get('name') ?? node;
    found.push({ name: name.text, file, decide: member && functionOf(member), at: name });
  });
  return found;
}
