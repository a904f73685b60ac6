import type { CodeNode } from '../adapter/index.js';
import { type ClassModel, ownMember } from '../model/classes.js';
import { functionOf, reach, unwrap } from '../model/functions.js';
import { claimsWithinLimits } from '../model/queues.js';
import { type SqlText, textsIn } from '../model/sql.js';
import type { Rule } from '../rule.js';

export const queueClaim: Rule = {
  id: 'queue-claim',
  severity: 'warning',
  clause: 'What is reserved is claimed in one step.',
  fixable: false,
  *check({ code, module }) {
    const seen = new Set<CodeNode>();
    const within = module.classes.filter((model) => !model.file.isTest && claimsWithinLimits(code, model));
    for (const queue of [...module.queues, ...within]) {
      for (const sql of unclaimed(queue, (declaration) => declaration.file.isOwn)) {
        if (!seen.has(sql))
          yield { text: 'queue-claim.select', values: { name: queue.name ?? 'the class' }, at: sql };
        seen.add(sql);
      }
    }
  },
};

function unclaimed(queue: ClassModel, within: (declaration: CodeNode) => boolean): CodeNode[] {
  const starts = ['reserve', 'pop', 'claim']
    .map((name) => ownMember(queue.node, name))
    .map((member) => member && functionOf(member))
    .filter((fn) => fn !== undefined);
  const parts = reach(starts, within);
  const texts = parts.flatMap((fn) => textsIn(fn));
  if (texts.some(({ text }) => beginsClaim(text)) || parts.some((part) => callsClaim(part))) return [];
  return texts.filter((text) => isSelect(text)).map(({ node }) => node);
}

/** `BEGIN IMMEDIATE`, or the word alone, as transactions take it. */
function beginsClaim(text: string): boolean {
  return (
    /\bBEGIN\s+(IMMEDIATE|EXCLUSIVE)\b/i.test(text) ||
    /^\s*(immediate|exclusive)\s*$/i.test(text) ||
    /\bLOCK\s+TABLE\b|\bpg_(try_)?advisory_(xact_)?lock\b/i.test(text)
  );
}

/** `db.transaction(…).immediate()` */
function callsClaim(part: CodeNode): boolean {
  let found = false;
  part.walk((node) => {
    const callee = node.kind === 'CallExpression' ? unwrap(node.get('expression')) : undefined;
    if (callee?.kind === 'PropertyAccessExpression' && /^(immediate|exclusive)$/.test(callee.name ?? ''))
      found = true;
  });
  return found;
}

function isSelect({ node, text }: SqlText): boolean {
  return (
    /^\s*(WITH\b[\s\S]*?)?(SELECT|select)\b(?!\s+EXISTS\b)[\s\S]*\b(FROM|from)\b/.test(text) &&
    !/\bSKIP\s+LOCKED\b|\bRETURNING\b|\bcount\s*\(|\bmin\s*\(|\bmax\s*\(/i.test(text) &&
    !isMessage(node)
  );
}

/** The words of an error. */
function isMessage(node: CodeNode): boolean {
  let current = node.parent;
  while (current && /^(BinaryExpression|TemplateSpan|TemplateExpression)$/.test(current.kind))
    current = current.parent;
  return current?.kind === 'NewExpression' && /Error$/.test(current.get('expression')?.text ?? '');
}
