import type { FixableFinding, PlacedEdit } from '../findings.js';
import { pageOf } from './pages.js';
import { rangeOf } from './ranges.js';
import type { Report } from './report.js';

export function formatJson(report: Report): string {
  const { findings, checked, ms } = report;
  return `${JSON.stringify({ findings: findings.map(plain), checked, ms }, null, 2)}\n`;
}

function plain(finding: FixableFinding) {
  const { rule, severity, file, line, column, endLine, endColumn, message, clause, fixable } = finding;
  const url = pageOf(rule);
  const fixes = [
    ...(finding.fix.length > 0 ? [{ safe: true, edits: finding.fix.map(plainEdit) }] : []),
    ...(finding.suggestion.length > 0 ? [{ safe: false, edits: finding.suggestion.map(plainEdit) }] : []),
  ];
  return {
    ...{ rule, severity, file, line, column, endLine, endColumn, message, clause, fixable },
    ...(url === undefined ? {} : { url }),
    ...(fixes.length > 0 ? { fixes } : {}),
  };
}

function plainEdit(edit: PlacedEdit) {
  return { path: edit.file.path, ...rangeOf(edit), text: edit.text };
}
