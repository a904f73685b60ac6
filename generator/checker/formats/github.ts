import type { Report } from './report.js';

/** Annotations of GitHub Actions, one line each. */
export function formatGithub(report: Report): string {
  return report.findings
    .map(({ severity, file, line, column, endLine, endColumn, rule, message, clause }) => {
      const end = endLine === line ? `,endLine=${endLine},endColumn=${endColumn}` : `,endLine=${endLine}`;
      const place = `file=${property(file)},line=${line},col=${column}${end},title=${property(rule)}`;
      return `::${severity} ${place}::${data(`${message} (${clause})`)}\n`;
    })
    .join('');
}

function data(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function property(text: string): string {
  return data(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
