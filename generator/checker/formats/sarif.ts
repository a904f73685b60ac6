import { RULES } from '../rules/index.js';
import type { Report } from './report.js';

/** SARIF 2.1.0, for tools that show findings beside the code. */
export function formatSarif(report: Report): string {
  const log = {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'create-mproc-worker check', rules: ruleTable(report) } },
        columnKind: 'utf16CodeUnits',
        originalUriBaseIds: { PROJECT: { description: { text: 'The root of the checked project.' } } },
        results: report.findings.map(result),
        properties: { tiers: report.tiers, checked: report.checked },
      },
    ],
  };
  return `${JSON.stringify(log, null, 2)}\n`;
}

function ruleTable(report: Report) {
  const clauses = new Map(RULES.map((rule) => [rule.id, rule.clause]));
  for (const finding of report.findings) clauses.set(finding.rule, finding.clause);
  return [...clauses].map(([id, clause]) => ({
    id,
    shortDescription: { text: clause },
    help: { text: `See docs/rules/${id}.md of create-mproc-worker.` },
  }));
}

function result({
  rule,
  severity,
  message,
  clause,
  file,
  line,
  column,
  fixable,
}: Report['findings'][number]) {
  return {
    ruleId: rule,
    level: severity,
    message: { text: `${message} (${clause})` },
    locations: [
      {
        physicalLocation: {
          artifactLocation: { uri: encodeURI(file), uriBaseId: 'PROJECT' },
          region: { startLine: line, startColumn: column },
        },
      },
    ],
    properties: { fixable },
  };
}
