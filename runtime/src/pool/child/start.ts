// Where a process of a pool begins, and where the library has from what both run on: the core, one file of CommonJS, which
// Node.js starts sooner than the same as an ES module (see scripts/build-runtime.mjs).
import { readFileSync, readSync } from 'node:fs';
import { Script } from 'node:vm';
import { type CoreCode, editionOf } from '../../cache/code-cache.js';
import { ProgramCache } from '../../cache/program-cache.js';
import { bootOf } from '../boot.js';
import { CHILD_FD, type ChildBoot } from '../protocol.js';
import type { Imports } from './imports.js';

interface Core {
  childMain(boot: ChildBoot, imports: Imports): void;
  loadedNativeFile(): string | undefined;
  useNativeFile(file: string): void;
}

/** One function, as Node.js makes one of a module of CommonJS; in ASCII. */
class Layer {
  readonly script: Script;

  constructor(
    readonly file: string,
    cachedData: Buffer | undefined,
  ) {
    // V8 compiles by itself what is of another version, or under other flags, than this process.
    this.script = new Script(readFileSync(file, 'latin1'), {
      filename: file,
      ...(cachedData !== undefined && { cachedData }),
    });
  }

  run(): unknown {
    const module = { exports: {} };
    this.#function().call(module.exports, module.exports, require, module, this.file, __dirname);
    return module.exports;
  }

  /**
   * Test runners load a library into a context of its own, whose `Error` and `Array` are not those that a script has. What
   * this makes is to be of this context: its source is evaluated here then.
   */
  #function(): (...values: unknown[]) => void {
    const made = this.script.runInThisContext();
    if (made instanceof Function) return made;
    // biome-ignore lint/security/noGlobalEval: nothing else compiles in the context of this module
    return globalThis.eval(`${readFileSync(this.file, 'latin1')}\n//# sourceURL=${this.file}`);
  }
}

const CORE = `${__dirname}/core.cjs`;
const LIBRARY = `${__dirname}/library.cjs`;
export const edition = editionOf([CORE]);
const boot = bootOf(process.argv);
const programCache = boot === undefined ? new ProgramCache([CORE, LIBRARY]) : undefined;
const program = programCache?.read();
const coreLayer = new Layer(CORE, boot === undefined ? program?.code[0] : codeFromParent(boot));
let libraryLayer: Layer | undefined;
let isKeeping = false;
let loaded: unknown;

export const core = coreLayer.run() as Core;
if (program?.nativeFile !== undefined) core.useNativeFile(program.nativeFile);

/** What a program has besides: pools, and what makes them. */
export function library(): unknown {
  if (libraryLayer === undefined) {
    libraryLayer = new Layer(LIBRARY, program?.code[1]);
    loaded = libraryLayer.run();
  }
  return loaded;
}

/** What V8 has compiled of the core by now. It takes a few milliseconds to do again, in each process. */
export function codeOfCore(): CoreCode {
  return { bytes: coreLayer.script.createCachedData(), edition };
}

/** Has the next programs begin with what this one has compiled by its end. */
export function keepProgram(): void {
  if (!programCache?.isWanted || libraryLayer?.script.cachedDataRejected === false || isKeeping) return;
  isKeeping = true;
  // A thread may end in the midst of it.
  if (!(require('node:worker_threads') as typeof import('node:worker_threads')).isMainThread) return;
  process.once('exit', () => {
    const nativeFile = core.loadedNativeFile();
    // Without it there was no pool, as where flags forbid it.
    if (nativeFile === undefined) return;
    const code = [coreLayer, libraryLayer!].map(({ script }) => script.createCachedData());
    programCache.write({ code, nativeFile });
  });
}

if (boot !== undefined)
  core.childMain(boot, {
    module: (url) => import(url),
    // One that has begun before its parent had written what it was to begin with may keep its own for others all the same.
    code: () => (coreLayer.script.cachedDataRejected === true ? undefined : codeOfCore()),
  });

function codeFromParent({ codeBytes, codeEdition, segmentBytes }: ChildBoot): Buffer | undefined {
  if (codeEdition !== edition) return undefined;
  const code = Buffer.allocUnsafe(codeBytes);
  return readSync(CHILD_FD.segment, code, 0, codeBytes, segmentBytes) === codeBytes ? code : undefined;
}
