import type { Code } from './adapter/index.js';
import type { Edit, FixableFinding, PlacedEdit, RuleFinding } from './findings.js';
import { placeIn } from './own-findings.js';
import type { Rule } from './rule.js';
import { wordsOf } from './texts.js';

/** A finding of a rule with its words and its place; nothing of it holds the compiled project. */
export function placed(code: Code, rule: Rule, finding: RuleFinding, shown: string): FixableFinding {
  const { file, start, end } = finding.at;
  const kept = (edits: readonly Edit[] = []): readonly PlacedEdit[] =>
    edits.every((edit) => keepsComments(code, edit)) ? edits.map(plain) : [];
  const fix = kept(finding.fix);
  return {
    rule: rule.id,
    severity: finding.severity ?? rule.severity,
    ...placeIn(code, file, start, end, shown),
    message: wordsOf(finding.text, finding.values),
    clause: rule.clause,
    fixable: fix.length > 0,
    fix,
    suggestion: kept(finding.suggestion),
  };
}

function plain({ file: { path, text: whole }, start, end, text }: Edit): PlacedEdit {
  return { file: { path, text: whole }, start, end, text };
}

/** A comment is worth more than the repair that would take it away. */
function keepsComments(code: Code, { file, start, end, text }: Edit): boolean {
  const replaced = file.text.slice(start, end);
  // Each place where one may begin: what stands in a text or an address is none.
  return [...replaced.matchAll(/(?=\/[/*])/g)].every(({ index }) => {
    if (code.commentAt(file, start + index) === undefined) return true;
    const [comment = ''] = /^(\/\/[^\r\n]*|\/\*[\s\S]*?\*\/)/.exec(replaced.slice(index)) ?? [];
    return text.includes(comment);
  });
}
