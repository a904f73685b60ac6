import { existsSync } from 'node:fs';
import { posix } from 'node:path';
import { ts } from 'ts-morph';
import { content, ROOT, repositoryFiles } from './files.js';

/** One file that another one needs. */
export interface Edge {
  readonly to: string;
  /** Gone when the types are stripped. */
  readonly isType: boolean;
}

export type ImportGraph = ReadonlyMap<string, readonly Edge[]>;

/** What the files below a folder import of each other. */
export function importGraph(folder: string): ImportGraph {
  const files = repositoryFiles().filter((path) => path.startsWith(folder) && path.endsWith('.ts'));
  return new Map(files.map((path) => [path, edgesOf(path)]));
}

function edgesOf(path: string): Edge[] {
  const source = ts.createSourceFile(path, content(path), ts.ScriptTarget.Latest, true);
  const edges: Edge[] = [];
  const add = (specifier: ts.Node | undefined, isType: boolean) => {
    if (specifier === undefined || !ts.isStringLiteral(specifier) || !specifier.text.startsWith('.')) return;
    const to = posix.join(posix.dirname(path), specifier.text).replace(/\.js$/, '.ts');
    if (existsSync(`${ROOT}${to}`)) edges.push({ to, isType });
  };
  const walk = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) add(node.moduleSpecifier, isTypeImport(node));
    else if (ts.isExportDeclaration(node)) add(node.moduleSpecifier, node.isTypeOnly);
    else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument))
      add(node.argument.literal, true);
    // A module that is loaded when a function runs is no circle: by then both are whole.
    ts.forEachChild(node, walk);
  };
  walk(source);
  return edges;
}

function isTypeImport({ importClause }: ts.ImportDeclaration): boolean {
  if (importClause === undefined) return false;
  if (importClause.phaseModifier === ts.SyntaxKind.TypeKeyword) return true;
  const { name, namedBindings } = importClause;
  if (name !== undefined || namedBindings === undefined || !ts.isNamedImports(namedBindings)) return false;
  return namedBindings.elements.length > 0 && namedBindings.elements.every(({ isTypeOnly }) => isTypeOnly);
}

/** Groups of files that all lead to each other (Tarjan's strongly connected components), sorted. */
export function circlesOf(graph: ImportGraph, follows: (edge: Edge) => boolean): string[][] {
  const index = new Map<string, number>();
  const low = new Map<string, number>();
  const stack: string[] = [];
  const circles: string[][] = [];
  const visit = (path: string): number => {
    const own = index.size;
    index.set(path, own);
    low.set(path, own);
    stack.push(path);
    for (const { to } of (graph.get(path) ?? []).filter(follows)) {
      if (!index.has(to)) low.set(path, Math.min(low.get(path)!, visit(to)));
      else if (stack.includes(to)) low.set(path, Math.min(low.get(path)!, index.get(to)!));
    }
    if (low.get(path) === own) {
      const circle = stack.splice(stack.indexOf(path));
      if (circle.length > 1) circles.push(circle.sort());
    }
    return low.get(path)!;
  };
  for (const path of graph.keys()) if (!index.has(path)) visit(path);
  return circles.sort();
}
