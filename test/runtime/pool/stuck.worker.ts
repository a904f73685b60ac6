import { Worker } from 'mproc-worker';

interface Asked {
  readonly kind: 'loop' | 'sleep' | 'heap';
}

/** Hangs in a way of its own. */
export class Stuck extends Worker<Asked, number> {
  static override readonly module = import.meta.url;

  protected override async process({ kind }: Asked): Promise<number> {
    if (kind === 'loop') return parse(kind);
    if (kind === 'heap') return fill();
    await new Promise((resolve) => setTimeout(resolve, 600_000));
    return 0;
  }
}

type Length = number;

function parse(text: string): number {
  let length: Length = text.length;
  while (length > 0) length = text.length;
  return length;
}

function fill(): number {
  const kept: number[][] = [];
  for (;;) kept.push(new Array<number>(100_000).fill(1.5));
}
