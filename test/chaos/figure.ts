/** How much of a figure is measured: what its goal says, a few minutes of it, or hardly any. */
export type SizeName = 'full' | 'reduced' | 'smoke';

/** What a figure found; what it counted beside that, by its name. */
export interface Measured {
  /** Its goal is reached. */
  readonly ok: boolean;
  /** Why it cannot be measured on this machine. */
  readonly skipped?: string | undefined;
  readonly [fact: string]: unknown;
}

/** What `npm run chaos` may say of a figure's size. */
export interface WantedSize {
  readonly jobs?: number | undefined;
  readonly seconds?: number | undefined;
  readonly rounds?: number | undefined;
  readonly changes?: number | undefined;
  /** What it draws at random. @default a fresh one */
  readonly seed?: number | undefined;
}

/** A file of `figures/`. */
export interface Figure<Size extends object> {
  /** In one sentence. */
  readonly goal: string;
  readonly sizes: Readonly<Record<SizeName, Size>>;
  run(size: Size): Promise<Measured>;
}

/** What is told of one. */
export interface FigureResult extends Measured {
  readonly name: string;
  readonly goal?: string;
}
