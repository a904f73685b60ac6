import type { CodeNode } from '../adapter/index.js';
import type { Edit, RuleFinding } from '../findings.js';
import { memberLine } from '../fix/insert.js';
import { type ClassModel, ownMember } from '../model/classes.js';
import { isOwnUrl } from '../model/own-url.js';
import type { Rule } from '../rule.js';

const MEMBER = 'static override readonly module = import.meta.url;';

export const workerModule: Rule = {
  id: 'worker-module',
  severity: 'error',
  clause: 'A worker says where a process finds it: `static override readonly module = import.meta.url`.',
  fixable: true,
  *check({ module }) {
    for (const worker of module.workers) {
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
    return { text, values, at: worker.at, fix: memberLine(worker.node, memberText(worker)) };
  }
  const changed = assignedOutside(worker);
  if (changed)
    return { text: 'worker-module.wrong', values: { ...values, found: changed.text }, at: changed };
  if (saysWhere(worker.node)) return undefined;
  return { text: 'worker-module.wrong', values: { ...values, found: own.text }, at: own, fix: replace(own) };
}

/** JavaScript has no `override` and no `readonly`. */
function memberText({ file }: ClassModel): string {
  return file.isJavaScript ? 'static module = import.meta.url;' : MEMBER;
}

function replace(member: CodeNode): Edit[] {
  const text = member.file.isJavaScript ? 'static module = import.meta.url;' : MEMBER;
  return [{ file: member.file, start: member.start, end: member.end, text }];
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
      if (isModuleAssignment(inner)) value = inner.get('right');
    });
  }
  return value;
}

/** `Sums.module = 'elsewhere'` below the class. */
function assignedOutside(worker: ClassModel): CodeNode | undefined {
  let found: CodeNode | undefined;
  worker.file.root.walk((node) => {
    if (node === worker.node) return 'skip';
    if (!isModuleAssignment(node)) return;
    let target = node.get('left')?.get('expression');
    while (target && /^(Parenthesized|As|NonNull)Expression$/.test(target.kind))
      target = target.get('expression');
    const value = node.get('right');
    if (target?.symbol?.key === worker.symbol?.key && value && !isOwnUrl(value)) found = node;
  });
  return found;
}

function isModuleAssignment(node: CodeNode): boolean {
  const left = node.operator === '=' ? node.get('left') : undefined;
  return left?.kind === 'PropertyAccessExpression' && left.name === 'module';
}
