import type { Report } from './report.js';

export function formatJson(report: Report): string {
  const { findings, checked, ms } = report;
  return `${JSON.stringify({ findings: findings.map(plain), checked, ms }, null, 2)}\n`;
}

function plain({ rule, severity, file, line, column, message, clause, fixable }: Report['findings'][number]) {
  return { rule, severity, file, line, column, message, clause, fixable };
}
