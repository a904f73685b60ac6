import { diff3Merge } from 'node-diff3';

export interface Merged {
  readonly text: string;
  /** Places where both sides changed the same lines, each between markers. */
  readonly conflicts: number;
}

/** What the markers call the three texts. */
export interface Labels {
  readonly yours: string;
  readonly base: string;
  readonly fresh: string;
}

const MARKS = { yours: '<<<<<<<', base: '|||||||', between: '=======', fresh: '>>>>>>>' } as const;

/**
 * Brings what changed between two templates into a text that a person has changed since. Line ends, byte order mark and
 * the end of the last line are the person's.
 */
export function mergeThreeWays(yours: string, base: string, fresh: string, labels: Labels): Merged {
  const eol = yours.includes('\r\n') ? '\r\n' : '\n';
  const mark = yours.startsWith('\ufeff') ? '\ufeff' : '';
  const regions = diff3Merge(linesOf(yours), linesOf(base), linesOf(fresh), { excludeFalseConflicts: true });
  const lines = regions.flatMap(({ ok, conflict }) => {
    if (ok) return ok;
    if (!conflict) return [];
    return [
      `${MARKS.yours} ${labels.yours}`,
      ...conflict.a,
      `${MARKS.base} ${labels.base}`,
      ...conflict.o,
      MARKS.between,
      ...conflict.b,
      `${MARKS.fresh} ${labels.fresh}`,
    ];
  });
  return {
    text: mark + lines.join(eol),
    conflicts: regions.filter(({ conflict }) => conflict !== undefined).length,
  };
}

/** Whether an earlier merge has left a place that nobody has settled. */
export function hasMarkers(text: string): boolean {
  return /^<{7} yours/m.test(text) && /^>{7} /m.test(text);
}

function linesOf(text: string): string[] {
  return text.replace(/^\ufeff/, '').split(/\r?\n/);
}
