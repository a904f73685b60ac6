import type { CodeNode } from '../adapter/index.js';
import { type ClassModel, ownMember } from '../model/classes.js';
import { functionOf, reach } from '../model/functions.js';
import type { Rule } from '../rule.js';

const TEXT = /^(StringLiteral|NoSubstitutionTemplateLiteral|TemplateExpression)$/;

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
  const starts = ['reserve', 'pop']
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
    /^.{0,2}\s*SELECT\b[\s\S]*\bFROM\b/i.test(text) &&
    !/\bSKIP\s+LOCKED\b|\bRETURNING\b|\bcount\s*\(|\bmin\s*\(|\bmax\s*\(/i.test(text)
  );
}

/** The texts of a function, and those of the constants it names. */
function textsIn(fn: CodeNode): { node: CodeNode; text: string }[] {
  const found: { node: CodeNode; text: string }[] = [];
  const add = (node: CodeNode) => found.push({ node, text: node.text.slice(1, -1) });
  fn.walk((node) => {
    if (TEXT.test(node.kind)) add(node);
    if (node.kind !== 'Identifier') return;
    const declaration = node.symbol?.origin === 'project' ? node.symbol.declarations[0] : undefined;
    const value = declaration?.get('initializer');
    if (value && TEXT.test(value.kind)) add(value);
  });
  return found;
}
