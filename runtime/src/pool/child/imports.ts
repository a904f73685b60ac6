/** `import`, given by a file that Node.js has loaded itself: in one of compiled code it does not work. */
export interface Imports {
  module(url: string): Promise<Record<string, unknown>>;
  compiler(): Promise<typeof import('./typescript/compiled-modules.js')>;
}

let given: Imports | undefined;

export function useImports(imports: Imports): void {
  given = imports;
}

export function imports(): Imports {
  if (given === undefined) throw new Error('this process of a pool was started without `import`');
  return given;
}
