import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FixableFinding, Severity } from './findings.js';
import { OWN_CLAUSES } from './own-findings.js';
import { RULES } from './rules/index.js';
import { CheckUsageError } from './usage-error.js';

type Level = Severity | 'off';
type Levels = Readonly<Record<string, Level>>;

/** What `.mproc/check.json` says: the severity of rules, for the project and for folders of it. */
export interface CheckSettings {
  readonly rules?: Levels;
  /** By path relative to the project; the longest that holds a file counts. */
  readonly folders?: Readonly<Record<string, Levels>>;
}

const PATH = '.mproc/check.json';
const LEVELS = ['error', 'warning', 'off'];
const KNOWN: ReadonlySet<string> = new Set([...RULES.map(({ id }) => id), ...Object.keys(OWN_CLAUSES)]);

/** @throws CheckUsageError when the file is there and says what is not known */
export function readSettings(root: string): CheckSettings {
  const path = join(root, PATH);
  if (!existsSync(path)) return {};
  const settings = parse(path);
  for (const levels of [settings.rules ?? {}, ...Object.values(settings.folders ?? {})]) {
    for (const [rule, level] of Object.entries(levels)) {
      if (!KNOWN.has(rule))
        throw new CheckUsageError(`${PATH}: no rule is called ${rule}; see docs/rules for their names`);
      if (!LEVELS.includes(level))
        throw new CheckUsageError(
          `${PATH}: ${rule} is ${JSON.stringify(level)}; write "error", "warning" or "off"`,
        );
    }
  }
  return settings;
}

function parse(path: string): CheckSettings {
  try {
    const read: unknown = JSON.parse(readFileSync(path, 'utf8'));
    if (isTable(read) && [read.rules, read.folders].every((part) => part === undefined || isTable(part)))
      return read as CheckSettings;
  } catch {
    // Said below.
  }
  throw new CheckUsageError(
    `${PATH} is not readable: write { "rules": { "<rule>": "warning" }, "folders": { "src/legacy": { "<rule>": "off" } } }`,
  );
}

function isTable(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Findings with the severity that the project gives them, without those that are off. */
export function withSettings<F extends FixableFinding>(findings: readonly F[], settings: CheckSettings): F[] {
  return findings.flatMap((finding) => {
    const level = levelOf(finding, settings);
    if (level === 'off') return [];
    return level === undefined || level === finding.severity ? [finding] : [{ ...finding, severity: level }];
  });
}

function levelOf({ rule, file }: FixableFinding, { rules, folders }: CheckSettings): Level | undefined {
  const holding = Object.entries(folders ?? {})
    .map(([folder, levels]) => ({ folder: folder.replace(/^\.\/|\/+$/g, ''), levels }))
    .filter(
      ({ folder, levels }) =>
        levels[rule] !== undefined && (file === folder || file.startsWith(`${folder}/`)),
    )
    .sort((a, b) => b.folder.length - a.folder.length);
  return holding[0]?.levels[rule] ?? rules?.[rule];
}
