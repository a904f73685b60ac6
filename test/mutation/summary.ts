import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { HARMLESS } from './harmless.js';

export interface Outcome {
  readonly faults: number;
  readonly noticed: number;
  /** Of those that change something. */
  readonly noticedPercent: number;
  readonly survivors: readonly Survivor[];
  /** Survivors that are listed as changing nothing; they do not count. */
  readonly harmless: number;
  readonly text: string;
}

interface Survivor {
  readonly file: string;
  readonly line: number;
  readonly kind: string;
  readonly was: string;
  readonly became: string;
}

interface Report {
  readonly files: Record<string, { readonly source: string; readonly mutants: readonly Mutant[] }>;
}

interface Place {
  readonly line: number;
  readonly column: number;
}

interface Mutant {
  readonly mutatorName: string;
  readonly replacement?: string;
  readonly status: string;
  readonly location: { readonly start: Place; readonly end: Place };
}

const UNNOTICED = new Set(['Survived', 'NoCoverage']);
const NOTICED = new Set(['Killed', 'Timeout', 'RuntimeError']);

/** Reads what a run has left in its folder. */
export function summaryOf(folder: string): Outcome {
  const { files }: Report = JSON.parse(readFileSync(join(folder, 'mutation.json'), 'utf8'));
  const survivors: Survivor[] = [];
  const lines: string[] = [];
  let faults = 0;
  let noticed = 0;
  let harmless = 0;
  for (const [file, { source, mutants }] of Object.entries(files)) {
    const all = mutants.filter(({ status }) => UNNOTICED.has(status) || NOTICED.has(status));
    const counted = all.filter(
      (mutant) => NOTICED.has(mutant.status) || !isHarmless(survivorOf(file, source, mutant)),
    );
    harmless += all.length - counted.length;
    const seen = counted.filter(({ status }) => NOTICED.has(status)).length;
    faults += counted.length;
    noticed += seen;
    lines.push(`${file}: ${seen} of ${counted.length} noticed`);
    for (const mutant of counted) {
      if (NOTICED.has(mutant.status)) continue;
      const survivor = survivorOf(file, source, mutant);
      survivors.push(survivor);
      lines.push(`  ${survivor.line}: ${survivor.kind}: ${survivor.was} → ${survivor.became}`);
    }
  }
  const noticedPercent = faults === 0 ? 100 : (100 * noticed) / faults;
  if (harmless > 0) lines.push(`${harmless} faults that change nothing are left out.`);
  lines.push(`${noticed} of ${faults} faults were noticed (${noticedPercent.toFixed(1)} %).`);
  return { faults, noticed, noticedPercent, survivors, harmless, text: lines.join('\n') };
}

function isHarmless({ file, kind, was, became }: Survivor): boolean {
  return HARMLESS.some(
    (known) =>
      known.file === file && known.kind === kind && known.was === was && (known.became ?? became) === became,
  );
}

function survivorOf(file: string, source: string, { mutatorName, replacement, location }: Mutant): Survivor {
  const was = textBetween(source, location.start, location.end);
  return {
    file,
    line: location.start.line,
    kind: mutatorName,
    was: short(was),
    became: short(replacement ?? ''),
  };
}

function textBetween(source: string, start: Place, end: Place): string {
  const lines = source.split('\n').slice(start.line - 1, end.line);
  lines[lines.length - 1] = lines.at(-1)!.slice(0, end.column - 1);
  lines[0] = lines[0]!.slice(start.column - 1);
  return lines.join('\n');
}

function short(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ');
  return line.length > 100 ? `${line.slice(0, 99)}…` : line;
}
