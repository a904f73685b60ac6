import type { CodeNode } from '../adapter/index.js';
import { type ClassModel, ownMember } from '../model/classes.js';
import { functionOf, reach } from '../model/functions.js';
import { expandedText, isText } from '../model/sql.js';
import type { Rule } from '../rule.js';

export const queueClaim: Rule = {
  id: 'queue-claim',
  severity: 'warning',
  clause: 'What is reserved is claimed in one step.',
  fixable: false,
  *check({ code, project }) {
    const files = new Set(code.files);
    const seen = new Set<CodeNode>();
    for (const queue of project.queues) {
      for (const sql of unclaimed(queue, (declaration) => files.has(declaration.file))) {
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
  const texts = reach(starts, within).flatMap((fn) => textsIn(fn));
  const claims =
    texts.some(({ text }) => /\bIMMEDIATE\b|\bEXCLUSIVE\b/i.test(text)) ||
    starts.some((fn) => /\.immediate\(|\.exclusive\(/.test(fn.text));
  if (claims) return [];
  return texts.filter(({ text }) => isSelect(text)).map(({ node }) => node);
}

function isSelect(text: string): boolean {
  return (
    /^\s*(WITH\b[\s\S]*?)?SELECT\b(?!\s+EXISTS\b)[\s\S]*\bFROM\b/i.test(text) &&
    !/\bSKIP\s+LOCKED\b|\bRETURNING\b|\bcount\s*\(|\bmin\s*\(|\bmax\s*\(/i.test(text)
  );
}

function textsIn(part: CodeNode): { node: CodeNode; text: string }[] {
  const found: { node: CodeNode; text: string }[] = [];
  part.walk((node) => {
    if (isText(node)) found.push({ node, text: expandedText(node) });
  });
  return found;
}
