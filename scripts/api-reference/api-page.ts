import {
  type ClassDeclaration,
  type ExportedDeclarations,
  type FunctionDeclaration,
  type InterfaceDeclaration,
  type MethodDeclaration,
  type MethodSignature,
  Node,
  Scope,
} from 'ts-morph';
import { cell, code, type Docstring, docstringOf, prose } from './docstring.js';
import { SECTIONS } from './options-page.js';
import type { Entry, PublicEntries } from './public-entries.js';

const INTRODUCTION = `# API

Every name that \`mproc-worker\` exports, made from the docstrings of the sources by \`npm run docs:api\`. Options have
[a page of their own](options.md), and so have [error codes](errors.md).`;

const KINDS = [
  ['Classes', Node.isClassDeclaration],
  ['Functions', Node.isFunctionDeclaration],
  ['Values', Node.isVariableDeclaration],
  ['Types', (node: Node) => Node.isInterfaceDeclaration(node) || Node.isTypeAliasDeclaration(node)],
] as const;

export function apiPage(entries: PublicEntries): string {
  const parts = Object.entries(entries).flatMap(([name, entry]: [string, Entry]) => [
    `## ${name}`,
    ...KINDS.flatMap(([title, isKind]) => {
      const those = [...entry].filter(([, declaration]) => isKind(declaration)).sort(byName);
      return those.length === 0 ? [] : [`### ${title}`, ...those.map(([each, node]) => partOf(each, node))];
    }),
  ]);
  return `${[INTRODUCTION, ...parts].join('\n\n')}\n`;
}

function byName([one]: [string, unknown], [other]: [string, unknown]): number {
  return one < other ? -1 : 1;
}

function partOf(name: string, node: ExportedDeclarations): string {
  return [`#### ${name}`, ...textOf(docstringOf(node)), ...bodyOf(name, node)].join('\n\n');
}

function bodyOf(name: string, node: ExportedDeclarations): string[] {
  if (Node.isClassDeclaration(node)) return classOf(node);
  if (Node.isFunctionDeclaration(node)) return [block(signaturesOf(node))];
  if (Node.isInterfaceDeclaration(node)) return interfaceBody(name, node);
  if (Node.isTypeAliasDeclaration(node)) return [block([node.getText().replace(/^[\s\S]*?export /, '')])];
  if (name === 'ERROR_CODES') return ['See [error codes](errors.md).'];
  if (Node.isVariableDeclaration(node)) return [block([`const ${node.getText()}`])];
  return [];
}

function interfaceBody(name: string, node: InterfaceDeclaration): string[] {
  const options = SECTIONS.find(({ names }) => names.includes(name));
  if (options !== undefined) return [`See [${options.title}](options.md#${anchor(options.title)}).`];
  const members = [...node.getProperties(), ...node.getMethods(), ...node.getCallSignatures()].filter(
    (member) => !docstringOf(member).isInternal,
  );
  return members.length === 0 ? [] : [table(members)];
}

function anchor(title: string): string {
  return title
    .toLowerCase()
    .replaceAll(/[^\w -]/g, '')
    .replaceAll(' ', '-');
}

function classOf(node: ClassDeclaration): string[] {
  const constructors = isMadeByUsers(node)
    ? node.getConstructors().filter((each) => each.getScope() !== Scope.Private)
    : [];
  const seen = (member: Node): boolean => {
    const name = Node.hasName(member) ? member.getName() : '';
    return !/^[#[]/.test(name) && !docstringOf(member).isInternal;
  };
  const properties = [...node.getStaticProperties(), ...node.getInstanceProperties()].filter(seen);
  const methods = [...node.getStaticMethods(), ...node.getInstanceMethods()].filter(seen);
  return [
    ...constructors.flatMap((each) => {
      const parameters = each
        .getParameters()
        .map((parameter) => parameter.getText().replace(/^readonly /, ''));
      return [block([`new ${node.getName()}(${parameters.join(', ')})`]), ...textOf(docstringOf(each))];
    }),
    ...(properties.length + methods.length === 0 ? [] : [table([...properties, ...methods])]),
  ];
}

/** Nobody makes an error of this package but the package. */
function isMadeByUsers(node: ClassDeclaration): boolean {
  return !/Error$/.test(node.getName() ?? '');
}

function table(members: readonly Node[]): string {
  const rows = members.map((member) => {
    const { text, tags } = fullDocstring(member);
    const errors = (tags.get('throws') ?? []).map((each) => ` Throws ${each}.`).join('');
    const gives = (tags.get('returns') ?? []).map((each) => ` Returns ${each}.`).join('');
    const usual = (tags.get('default') ?? []).map((each) => ` Default: ${each}.`).join('');
    return `| ${memberText(member).map(code).join('<br>')} | ${prose(cell(text + gives + usual + errors))} |`;
  });
  return ['| member | what it is |', '| --- | --- |', ...rows].join('\n');
}

/** Of a method with overloads, what is said of each; of one that says nothing, what the contract says that it keeps. */
function fullDocstring(member: Node): Docstring {
  const overloads = Node.isMethodDeclaration(member) ? member.getOverloads() : [];
  const documented = [...overloads, member].map(docstringOf).filter(({ text }) => text !== '');
  if (documented.length === 0) return inheritedDocstring(member) ?? docstringOf(member);
  const text = [...new Set(documented.map((each) => each.text))].join(' ');
  return { ...documented[0]!, tags: new Map(documented.flatMap(({ tags }) => [...tags])), text };
}

function inheritedDocstring(member: Node): Docstring | undefined {
  const parent = member.getFirstAncestor(Node.isClassDeclaration);
  if (parent === undefined || !Node.hasName(member)) return undefined;
  const contracts = parent
    .getImplements()
    .map((contract) => contract.getType().getSymbol()?.getDeclarations()[0]);
  const members = contracts.flatMap((contract) =>
    Node.isInterfaceDeclaration(contract)
      ? [contract.getProperty(member.getName()) ?? contract.getMethod(member.getName())]
      : [],
  );
  return members
    .flatMap((each) => (each === undefined ? [] : [docstringOf(each)]))
    .find(({ text }) => text !== '');
}

function memberText(member: Node): string[] {
  if (Node.isMethodDeclaration(member) || Node.isMethodSignature(member)) return signaturesOf(member);
  const text = member
    .getText()
    .replace(/^\/\*\*[\s\S]*?\*\/\s*/, '')
    .replaceAll(/^\s*\/\/.*\n/gm, '');
  if (Node.isGetAccessorDeclaration(member))
    return [`${member.getName()}: ${member.getReturnTypeNode()?.getText()}`];
  return [text.replace(/\s*=[^>][\s\S]*$/, '').replace(/;$/, '')];
}

function signaturesOf(node: FunctionDeclaration | MethodDeclaration | MethodSignature): string[] {
  const overloads = Node.isMethodSignature(node) ? [] : node.getOverloads();
  return (overloads.length > 0 ? overloads : [node]).map((each) => {
    const types = each.getTypeParameters().map((parameter) => parameter.getText());
    const parameters = each.getParameters().map((parameter) => parameter.getText().replaceAll(/\s+/g, ' '));
    const modifier = Node.isMethodDeclaration(each) && each.isStatic() ? 'static ' : '';
    const generics = types.length === 0 ? '' : `<${types.join(', ')}>`;
    return `${modifier}${each.getName()}${generics}(${parameters.join(', ')}): ${each.getReturnTypeNode()?.getText() ?? 'void'}`;
  });
}

function textOf({ text, tags }: Docstring): string[] {
  const parameters = (tags.get('param') ?? []).map((each) => `- \`${each.replace(/^(\S+)\s+/, '$1`: ')}`);
  const errors = (tags.get('throws') ?? []).map((each) => `Throws: ${each}.`);
  return [text, parameters.join('\n'), ...errors].filter((each) => each !== '').map(prose);
}

function block(lines: readonly string[]): string {
  return ['```ts', ...lines, '```'].join('\n');
}
