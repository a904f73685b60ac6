import type { Code, CodeFile, CodeNode, CodeSymbol, CodeType } from '../adapter/index.js';

/** A class of the project and what it derives from. */
export interface ClassModel {
  readonly node: CodeNode;
  readonly file: CodeFile;
  /** Its own name, or that of the variable it is kept in; `undefined` for `export default class {}`. */
  readonly name: string | undefined;
  /** Where a finding about the whole class is shown. */
  readonly at: CodeNode;
  readonly abstract: boolean;
  readonly symbol: CodeSymbol | undefined;
  /** The type of an instance. */
  readonly type: CodeType;
  /** The classes of the project it derives from, nearest first, without itself. */
  readonly bases: readonly CodeNode[];
}

export function isClass(node: CodeNode): boolean {
  return node.kind === 'ClassDeclaration' || node.kind === 'ClassExpression';
}

/** All classes of a file, in order. */
export function findClasses(code: Code, file: CodeFile): ClassModel[] {
  const classes: ClassModel[] = [];
  if (!/\bclass\b/.test(file.text)) return classes;
  file.root.walk((node) => {
    if (isClass(node) && !isMixin(node)) classes.push(describe(code, node));
  });
  return classes;
}

/** The variable a class expression is kept in. */
export function holderOf(node: CodeNode): CodeNode | undefined {
  let parent = node.parent;
  while (parent && /^(ParenthesizedExpression|AsExpression|SatisfiesExpression)$/.test(parent.kind))
    parent = parent.parent;
  return parent?.kind === 'VariableDeclaration' ? parent : undefined;
}

function describe(code: Code, node: CodeNode): ClassModel {
  const type = code.declaredType(node);
  const holder = holderOf(node);
  const name = node.get('name') ?? holder?.get('name');
  return {
    node,
    file: node.file,
    name: name?.text,
    at: name ?? node,
    abstract: node.has('abstract'),
    symbol: node.get('name')?.symbol ?? node.symbol,
    type,
    bases: type.lineage
      .slice(1)
      .flatMap((base) => base.symbol?.declarations ?? [])
      .filter((declaration) => isClass(declaration) && declaration.symbol?.origin === 'project'),
  };
}

/** `<B extends Constructor>(Base: B) => class extends Base {}`: what it makes is judged where it is used. */
function isMixin(node: CodeNode): boolean {
  const base = heritage(node, 'extends')[0]?.get('expression');
  return base?.type.shape === 'parameter' || (base?.type.shape === 'intersection' && hasParameter(base.type));
}

function hasParameter(type: CodeType): boolean {
  return type.parts.some((part) => part.shape === 'parameter');
}

/** What stands after `extends` or `implements`. */
export function heritage(node: CodeNode, word: 'extends' | 'implements'): readonly CodeNode[] {
  return node
    .list('heritageClauses')
    .filter((clause) => clause.text.startsWith(word))
    .flatMap((clause) => clause.list('types'));
}

export function derivesFrom(type: CodeType, symbol: CodeSymbol | undefined): boolean {
  return symbol !== undefined && type.lineage.some((base) => base.symbol?.key === symbol.key);
}

/** A member that the class itself declares; the implementation, where there are overloads. */
export function ownMember(
  node: CodeNode,
  name: string,
  where: 'static' | 'instance' = 'instance',
): CodeNode | undefined {
  const members = node
    .list('members')
    .filter((member) => nameOf(member) === name && member.has('static') === (where === 'static'));
  return members.find((member) => member.get('body')) ?? members[0];
}

/** The name of a member, written as `['process']`, too. */
function nameOf(member: CodeNode): string | undefined {
  const name = member.get('name');
  if (name?.kind !== 'ComputedPropertyName') return member.name;
  const { literal } = name.get('expression')?.type ?? {};
  return literal === undefined ? undefined : String(literal);
}

/** A member of the class or of the nearest base class of the project that has it. */
export function memberOf(
  model: ClassModel,
  name: string,
  where: 'static' | 'instance' = 'instance',
): CodeNode | undefined {
  for (const node of [model.node, ...model.bases]) {
    const member = ownMember(node, name, where);
    if (member) return member;
  }
  return undefined;
}
