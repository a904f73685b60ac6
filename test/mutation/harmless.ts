/** A fault that changes nothing that anybody could notice. */
export interface Harmless {
  readonly file: string;
  readonly kind: string;
  readonly was: string;
  /** Left out where no replacement of this kind changes anything. */
  readonly became?: string;
  readonly why: string;
}

const KEYS_ALONE = 'a table of known names, of which only the keys are read';

export const HARMLESS: readonly Harmless[] = [
  { file: 'runtime/src/strategies/retry-strategy.ts', kind: 'BooleanLiteral', was: 'true', why: KEYS_ALONE },
];
