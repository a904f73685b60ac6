// Where a process of a pool begins, and where the library has from what both run on: the core, one file of CommonJS, which
// Node.js starts sooner than the same as an ES module (see scripts/build-runtime.mjs).
import { readFileSync, readSync, statSync } from 'node:fs';
import { Script } from 'node:vm';
import type { CoreCode } from '../../cache/code-cache.js';
import { bootOf } from '../boot.js';
import { CHILD_FD, type ChildBoot } from '../protocol.js';
import type { Imports } from './imports.js';

interface Core {
  childMain(boot: ChildBoot, imports: Imports): void;
}

/** One function, as Node.js makes one of a module of CommonJS; in ASCII. */
const FILE = `${__dirname}/core.cjs`;
export const edition = editionOf(FILE);
const boot = bootOf(process.argv);
const script = compile(boot === undefined ? undefined : codeFromParent(boot));

export const core = run();

/** What V8 has compiled of the core by now. It takes a few milliseconds to do again, in each process. */
export function codeOfCore(): CoreCode {
  return { bytes: script.createCachedData(), edition };
}

if (boot !== undefined)
  core.childMain(boot, {
    module: (url) => import(url),
    code: () => (script.cachedDataRejected === false ? codeOfCore() : undefined),
  });

/**
 * Names what the code was compiled from and by what. V8 compares too little by itself: not the content of a file that was
 * replaced by one of the same length, as by an update of the package, nor the Node.js around it. All releases of one
 * major version of Node.js share a version of V8, and code that one of them compiled can crash another.
 */
function editionOf(file: string): string {
  return [process.version, process.arch, tokenOf(file), tokenOf(process.execPath)].join('-');
}

function tokenOf(path: string): string {
  try {
    const { ino, size, ctimeMs } = statSync(path);
    return `${ino}-${size}-${ctimeMs}`;
  } catch {
    // Where there is no /proc, Node.js does not know where it is; and `--permission` may not let it look there.
    return '';
  }
}

function codeFromParent({ codeBytes, codeEdition, segmentBytes }: ChildBoot): Buffer | undefined {
  if (codeEdition !== edition) return undefined;
  const code = Buffer.allocUnsafe(codeBytes);
  return readSync(CHILD_FD.segment, code, 0, codeBytes, segmentBytes) === codeBytes ? code : undefined;
}

/** V8 compiles by itself what is of another version, or under other flags, than this process. */
function compile(code: Buffer | undefined): Script {
  return new Script(readFileSync(FILE, 'latin1'), {
    filename: FILE,
    ...(code !== undefined && { cachedData: code }),
  });
}

function run(): Core {
  const module = { exports: {} };
  coreFunction().call(module.exports, module.exports, require, module, FILE, __dirname);
  return module.exports as Core;
}

/**
 * Test runners load a library into a context of its own, whose `Error` and `Array` are not those that a script has. What
 * the core makes is to be of this context: its source is evaluated here then.
 */
function coreFunction(): (...values: unknown[]) => void {
  const made = script.runInThisContext();
  if (made instanceof Function) return made;
  // biome-ignore lint/security/noGlobalEval: nothing else compiles in the context of this module
  return globalThis.eval(`${readFileSync(FILE, 'latin1')}\n//# sourceURL=${FILE}`);
}
