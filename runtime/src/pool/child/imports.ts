import type { CoreCode } from '../../cache/code-cache.js';

/** What only the file that a process begins with can do: `import` does not work in one of compiled code. */
export interface Imports {
  module(url: string): Promise<Record<string, unknown>>;
  /** What V8 has compiled of the core by now; `undefined` where it has refused what the parent has. */
  code(): CoreCode | undefined;
}

let given: Imports | undefined;

export function useImports(imports: Imports): void {
  given = imports;
}

export function imports(): Imports {
  if (given === undefined) throw new Error('this process of a pool was started without `import`');
  return given;
}
