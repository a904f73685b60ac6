/** Under this name a class that was made for a function says which one; tells that of another copy of this package as well. */
const ORIGIN = Symbol.for('mproc-worker.function');

/** Where a process finds the function of a worker: among what its module has defined, or under the name of an export. */
export interface FunctionOrigin {
  /** How many `defineWorker` its module had called before this one; -1 for a bare function. */
  readonly place: number;
  /** What a bare function is exported as. */
  readonly exported: string | undefined;
  /** Its code; empty for a bare function, which this process need not have loaded. */
  readonly text: string;
  /** Loads a bare function into this process, as a job that runs here needs. */
  readonly load?: () => Promise<unknown>;
}

/** @returns `undefined` for a class that somebody has written */
export function originOf(workerClass: object): FunctionOrigin | undefined {
  return (workerClass as { [ORIGIN]?: FunctionOrigin })[ORIGIN];
}

export function setOrigin(workerClass: object, origin: FunctionOrigin): void {
  Object.defineProperty(workerClass, ORIGIN, { value: origin });
}

/** The code that a person has written of a worker: its class, or its function. */
export function codeOf(workerClass: object): string {
  return originOf(workerClass)?.text ?? Function.prototype.toString.call(workerClass);
}

/** What messages call a worker. */
export function titleOf(workerClass: { readonly name: string }): string {
  const { name } = workerClass;
  if (originOf(workerClass) === undefined) return `class ${name || '(anonymous)'}`;
  return name === '' ? 'a function of defineWorker' : `function ${name}`;
}
