import type { FileFacts } from './file-facts.js';

/** What a rule may ask of the whole project. The answers outlive a compilation. */
export interface WholeProject {
  /** The files, tests left out, that use what a module declares. */
  usersOf(identity: string): readonly string[];
  /** The workers that name a map in their `static listeners`. */
  bindersOf(map: string): readonly { readonly path: string; readonly worker: string }[];
  /** Workers by name, in the order of the files. */
  workersNamed(name: string): readonly { readonly path: string; readonly line: number }[];
  /** Whether jobs are put on queues, or served, anywhere. */
  findsByName(): boolean;
  /** Classes that derive from a class. */
  derivedFrom(identity: string): readonly string[];
  /** Whether a call of the kit leads to one of these. */
  isTested(identities: readonly string[]): boolean;
  /** Whether a test that the configuration leaves out names the class or its file beside a call of the kit. */
  isTestedOutside(name: string, stem: string): boolean;
}

/** Gives a fact of each file. */
export type FactsOf = <K extends keyof FileFacts>(kind: K) => ReadonlyMap<string, FileFacts[K]>;

export class KnownProject implements WholeProject {
  readonly #factsOf: FactsOf;
  readonly #textsOutside: () => readonly { readonly text: string }[];
  readonly #tables = new Map<string, ReadonlyMap<string, readonly unknown[]>>();

  constructor(factsOf: FactsOf, textsOutside: () => readonly { readonly text: string }[]) {
    this.#factsOf = factsOf;
    this.#textsOutside = textsOutside;
  }

  usersOf(identity: string): readonly string[] {
    const isTest = this.#factsOf('isTest');
    return this.#find('users', identity, () =>
      [...this.#factsOf('uses')].flatMap(([path, uses]) =>
        isTest.get(path) ? [] : uses.map((used) => [used, path] as const),
      ),
    );
  }

  bindersOf(map: string): readonly { readonly path: string; readonly worker: string }[] {
    return this.#find('binders', map, () =>
      [...this.#factsOf('binds')].flatMap(([path, binds]) =>
        binds.map((bound) => [bound.map, { path, worker: bound.worker }] as const),
      ),
    );
  }

  workersNamed(name: string): readonly { readonly path: string; readonly line: number }[] {
    return this.#find('workers', name, () =>
      [...this.#factsOf('workers')].flatMap(([path, workers]) =>
        workers.map((worker) => [worker.name, { path, line: worker.line }] as const),
      ),
    );
  }

  findsByName(): boolean {
    return [...this.#factsOf('findsByName').values()].some((finds) => finds);
  }

  derivedFrom(identity: string): readonly string[] {
    return this.#find('derived', identity, () =>
      [...this.#factsOf('derives').values()]
        .flat()
        .flatMap(({ name, bases }) => bases.map((base) => [base, name] as const)),
    );
  }

  isTested(identities: readonly string[]): boolean {
    return identities.some(
      (identity) =>
        this.#find('tests', identity, () =>
          [...this.#factsOf('tests')].flatMap(([path, tested]) =>
            tested.map((each) => [each, path] as const),
          ),
        ).length > 0,
    );
  }

  isTestedOutside(name: string, stem: string): boolean {
    const word = new RegExp(`\\b${name.replaceAll('$', '\\$')}\\b`);
    return this.#textsOutside().some(({ text }) => {
      const bare = text.replace(/\/\*[\s\S]*?\*\/|(^|[^:'"`])\/\/.*$/gm, '$1');
      return (
        /\bmproc-worker\/testing\b/.test(bare) &&
        /\bdescribeQueue\b/.test(bare) &&
        (word.test(bare) || bare.includes(stem))
      );
    });
  }

  /** What is found under a key in a table that is made when it is first asked. */
  #find<T>(table: string, key: string, entries: () => readonly (readonly [string, T])[]): readonly T[] {
    let known = this.#tables.get(table);
    if (!known) {
      const made = new Map<string, T[]>();
      for (const [each, value] of entries()) {
        const values = made.get(each);
        if (values) values.push(value);
        else made.set(each, [value]);
      }
      known = made;
      this.#tables.set(table, known);
    }
    return (known.get(key) ?? []) as readonly T[];
  }
}
