import type { ChildBoot } from './protocol.js';

/** Can this Node.js `require` ES modules, as it does from 20.19 on? */
export const CAN_REQUIRE_MODULES = (process.features as { require_module?: boolean }).require_module === true;

/** What the argument begins with by which a process knows that it is a pool's. */
const MARK = 'mproc-child:';

/** The argument that tells a process what it is to be. */
export function bootArgument(boot: ChildBoot): string {
  return MARK + JSON.stringify(boot);
}

/**
 * What this process was told to be, once: the argument is taken away, so that no job mistakes it for its own.
 * @returns `undefined` where it is no process of a pool, but for instance one that a job has forked
 */
export function bootOf(argv: string[]): ChildBoot | undefined {
  if (!argv[2]?.startsWith(MARK)) return undefined;
  const [argument] = argv.splice(2, 1);
  return JSON.parse(argument!.slice(MARK.length)) as ChildBoot;
}
