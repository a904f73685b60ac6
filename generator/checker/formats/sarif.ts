import { pathToFileURL } from 'node:url';
import type { FixableFinding, PlacedEdit } from '../findings.js';
import { RULES } from '../rules/index.js';
import { pageOf } from './pages.js';
import { rangeOf } from './ranges.js';
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
  return [...clauses].map(([id, clause]) => {
    const helpUri = pageOf(id);
    return {
      id,
      shortDescription: { text: clause },
      ...(helpUri === undefined ? {} : { helpUri, help: { text: `See ${helpUri}` } }),
    };
  });
}

function result(finding: FixableFinding) {
  const { rule, severity, message, clause, file, line, column, endLine, endColumn, fixable } = finding;
  const region = { startLine: line, startColumn: column, endLine, endColumn };
  const fixes = [
    ...fixOf('Repairs it.', finding.fix),
    ...fixOf('Suggested: may change what the code does.', finding.suggestion),
  ];
  return {
    ruleId: rule,
    level: severity,
    message: { text: `${message} (${clause})` },
    locations: [
      { physicalLocation: { artifactLocation: { uri: encodeURI(file), uriBaseId: 'PROJECT' }, region } },
    ],
    ...(fixes.length > 0 ? { fixes } : {}),
    properties: { fixable },
  };
}

function fixOf(text: string, edits: readonly PlacedEdit[]) {
  if (edits.length === 0) return [];
  const artifactChanges = edits.map((edit) => {
    const { line, column, endLine, endColumn } = rangeOf(edit);
    const deletedRegion = { startLine: line, startColumn: column, endLine, endColumn };
    return {
      artifactLocation: { uri: pathToFileURL(edit.file.path).href },
      replacements: [{ deletedRegion, insertedContent: { text: edit.text } }],
    };
  });
  return [{ description: { text }, artifactChanges }];
}
