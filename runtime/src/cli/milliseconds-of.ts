const UNITS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** @param flag what was given it. @throws Error for what is no time */
export function millisecondsOf(flag: string, text: string): number {
  const [, amount, unit = 's'] = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)?$/.exec(text) ?? [];
  const ms = Number(amount) * UNITS[unit as keyof typeof UNITS];
  if (amount !== undefined && ms > 0) return ms;
  throw new Error(`${flag} takes a time, as 5s, 500ms or 2h; received ${text}`);
}
