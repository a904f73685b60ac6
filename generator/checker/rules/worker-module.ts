import { basename } from 'node:path';
import type { CodeNode } from '../adapter/index.js';
import type { Edit, RuleFinding } from '../findings.js';
import { memberLine } from '../fix/insert.js';
import { type ClassModel, ownMember } from '../model/classes.js';
import type { Rule } from '../rule.js';

const MEMBER = 'static override readonly module = import.meta.url;';

export const workerModule: Rule = {
  id: 'worker-module',
  severity: 'error',
  clause: 'A worker says where a process finds it: `static override readonly module = import.meta.url`.',
  fixable: true,
  *check({ project }) {
    for (const worker of project.workers) {
      const finding = judge(worker);
      if (finding) yield finding;
    }
  },
};

function judge(worker: ClassModel): RuleFinding | undefined {
  const values = { name: worker.name ?? 'the class' };
  const own = ownMember(worker.node, 'module', 'static');
  if (!own) {
    if (worker.bases.some((base) => base.file === worker.file && saysWhere(base))) return undefined;
    const instance = ownMember(worker.node, 'module');
    if (instance) return { text: 'worker-module.not-static', values, at: instance, fix: replace(instance) };
    const inherited = worker.bases.find((base) => ownMember(base, 'module', 'static'));
    const text = inherited ? 'worker-module.inherited' : 'worker-module.missing';
    return { text, values, at: worker.at, fix: memberLine(worker.node, MEMBER) };
  }
  if (saysWhere(worker.node)) return undefined;
  return { text: 'worker-module.wrong', values: { ...values, found: own.text }, at: own, fix: replace(own) };
}

function replace(member: CodeNode): Edit[] {
  return [{ file: member.file, start: member.start, end: member.end, text: MEMBER }];
}

function saysWhere(node: CodeNode): boolean {
  const member = ownMember(node, 'module', 'static');
  if (!member) return false;
  const value = member.get('initializer') ?? returned(member) ?? assignedInStaticBlock(node);
  return value !== undefined && isOwnUrl(value);
}

function returned(member: CodeNode): CodeNode | undefined {
  const statements = member.get('body')?.list('statements') ?? [];
  return statements.length === 1 ? statements[0]?.get('expression') : undefined;
}

function assignedInStaticBlock(node: CodeNode): CodeNode | undefined {
  let value: CodeNode | undefined;
  for (const block of node
    .list('members')
    .filter((member) => member.kind === 'ClassStaticBlockDeclaration')) {
    block.walk((inner) => {
      const left = inner.get('left');
      if (inner.operator === '=' && left?.kind === 'PropertyAccessExpression' && left.name === 'module')
        value = inner.get('right');
    });
  }
  return value;
}

/** `import.meta.url`, however it is wrapped, or a URL made from it that names the same file. */
function isOwnUrl(value: CodeNode, depth = 0): boolean {
  if (depth > 5) return false;
  if (/^(Parenthesized|As|Satisfies|NonNull|TypeAssertion)/.test(value.kind)) {
    const inner = value.get('expression');
    return inner !== undefined && isOwnUrl(inner, depth + 1);
  }
  if (isImportMetaUrl(value) || isOwnFilename(value)) return true;
  if (value.kind === 'Identifier') {
    const declared = value.symbol?.declarations[0];
    const initializer = declared?.file === value.file ? declared.get('initializer') : undefined;
    return initializer !== undefined && isOwnUrl(initializer, depth + 1);
  }
  return isUrlOfOwnFile(value);
}

function isImportMetaUrl(node: CodeNode): boolean {
  return (
    node.kind === 'PropertyAccessExpression' &&
    node.name === 'url' &&
    node.get('expression')?.kind === 'MetaProperty'
  );
}

/** In CommonJS: `__filename`, or `pathToFileURL(__filename).href`. */
function isOwnFilename(value: CodeNode): boolean {
  return /^(__filename|(\w+\.)?pathToFileURL\(__filename\)\.href)$/.test(value.text);
}

/** `new URL('./sums.worker.js', import.meta.url).href`, `String(new URL(import.meta.url))` and the like. */
function isUrlOfOwnFile(value: CodeNode): boolean {
  let found = false;
  value.walk((node) => {
    if (node.kind !== 'NewExpression' || node.get('expression')?.text !== 'URL') return;
    const given = node.list('arguments');
    const last = given.at(-1);
    const names = given.length === 1 || stem(given[0]?.name ?? '') === stem(node.file.path);
    if (last && isImportMetaUrl(last) && names) found = true;
  });
  return found;
}

function stem(path: string): string {
  return basename(path).replace(/\.[cm]?[jt]s$/, '');
}
