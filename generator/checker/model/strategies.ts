import type { Code, CodeFile, CodeNode } from '../adapter/index.js';
import { type ClassModel, derivesFrom, heritage, ownMember } from './classes.js';
import { functionOf } from './functions.js';

/** Something of the project that decides what follows a failure. */
export interface StrategyModel {
  readonly name: string;
  readonly file: CodeFile;
  /** The function `decide`, where the project has it. */
  readonly decide: CodeNode | undefined;
  readonly at: CodeNode;
}

export function findStrategies(code: Code, file: CodeFile, classes: readonly ClassModel[]): StrategyModel[] {
  if (file.isTest) return [];
  const fromClasses = classes
    .filter((model) => isStrategy(code, model))
    .map((model) => ({
      name: model.name ?? 'the strategy',
      file: model.file,
      decide: decideOf(model.node),
      at: model.at,
    }));
  return [...fromClasses, ...literalsIn(code, file)];
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
    (/\.strategy\.[cm]?ts$/.test(model.file.path) &&
      ownMember(model.node, 'decide') !== undefined &&
      mayDecide(model))
  );
}

/** Another method of that name gives a text or a number. */
function mayDecide({ type }: ClassModel): boolean {
  const returns = type.property('decide')?.type.calls[0]?.returns;
  return returns === undefined || !/^(primitive|nothing)$/.test(returns.shape);
}

function decideOf(node: CodeNode): CodeNode | undefined {
  const member = ownMember(node, 'decide');
  return member && functionOf(member);
}

/** `const patient: Strategy = { decide(failure) { … } }`, returned or assigned objects included. */
function literalsIn(code: Code, file: CodeFile): StrategyModel[] {
  const declaration = code.runtime('Strategy')?.declarations[0];
  if (!declaration || !/\bdecide\b/.test(file.text)) return [];
  const contract = code.declaredType(declaration);
  const found: StrategyModel[] = [];
  file.root.walk((node) => {
    if (node.kind !== 'ObjectLiteralExpression') return;
    const member = node.list('properties').find((property) => property.get('name')?.text === 'decide');
    if (!member || !node.type.isAssignableTo(contract)) return;
    const at = holderName(node) ?? member.get('name') ?? node;
    const name = at.text === 'decide' ? 'the strategy' : at.text;
    found.push({ name, file, decide: functionOf(member), at });
  });
  return found;
}

function holderName(literal: CodeNode): CodeNode | undefined {
  let parent = literal.parent;
  while (parent && /^(Parenthesized|As|Satisfies)Expression$/.test(parent.kind)) parent = parent.parent;
  return parent?.kind === 'VariableDeclaration' ? parent.get('name') : undefined;
}
