/** One flag of a command line of Node.js, with its value where that is a word of its own. */
interface Flag {
  /** Without its value, with `-` for `_`, as Node.js takes both. */
  readonly name: string;
  readonly value: string | undefined;
  readonly words: readonly string[];
}

/** Of this program alone: a port to debug it at, code instead of a file, its tests, what restarts it. */
const OWN =
  /^(--inspect(-.+)?|--debug-port|-e|--eval|-p|-pe|--print|-c|--check|-i|--interactive|--input-type|--test(-.+)?|--experimental-test-.+|--watch(-.+)?|--run|--env-file(-if-exists)?|--build-.+|--snapshot-blob|--experimental-sea-config)$/;
const LOADS = /^(-r|--require|--import|--loader|--experimental-loader)$/;
/** Packages whose loaders are found by these names, or by a path into them. */
const TSX = /^tsx(\/|$)|[\\/]node_modules[\\/]tsx[\\/]|[\\/]tsx[\\/]dist[\\/](loader|preflight|cjs|esm)\b/;
const VITEST = /^vitest(\/|$)|[\\/]node_modules[\\/](vitest|vite-node)[\\/]/;

/** What the flags of this program are for its children. */
export interface InheritedFlags {
  readonly execArgv: readonly string[];
  /** What loads tsx, as it stands in the command line; `undefined` where nothing does. */
  readonly tsx: string | undefined;
}

/**
 * The flags that a child gets of its parent's. Debugger ports, tests and code to evaluate are the parent's own. tsx is told
 * apart, as a child loads it by itself: what `tsx` puts before the program also waits for signals from the command `tsx`.
 */
export function inheritedFlags(execArgv: readonly string[]): InheritedFlags {
  const kept: string[] = [];
  let tsx: string | undefined;
  for (const { name, value, words } of flagsOf(execArgv)) {
    const loads = LOADS.test(name) ? value : undefined;
    if (loads !== undefined && TSX.test(loads)) tsx = name === '--import' ? loads : (tsx ?? 'tsx');
    else if (!OWN.test(name) && !(loads !== undefined && VITEST.test(loads))) kept.push(...words);
  }
  return { execArgv: kept, tsx };
}

/** By the grammar of Node.js: the value of a flag follows `=`, or is the next word where that does not begin with `-`. */
function* flagsOf(execArgv: readonly string[]): Generator<Flag> {
  for (let at = 0; at < execArgv.length; at += 1) {
    const word = execArgv[at]!;
    const equals = word.indexOf('=');
    const name = (equals === -1 ? word : word.slice(0, equals)).replaceAll('_', '-');
    const next = execArgv[at + 1];
    if (equals !== -1) yield { name, value: word.slice(equals + 1), words: [word] };
    else if (next === undefined || next.startsWith('-')) yield { name, value: undefined, words: [word] };
    else {
      yield { name, value: next, words: [word, next] };
      at += 1;
    }
  }
}
