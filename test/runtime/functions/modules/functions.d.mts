import type { FunctionWorker } from 'mproc-worker';

// biome-ignore lint/suspicious/noExplicitAny: whatever they take and give
type Any = FunctionWorker<any, any>;
export const square: Any, later: Any, about: Any, helped: Any, untilAborted: Any, spins: Any, fails: Any;
export const listened: Any, one: Any, two: Any, underAnotherName: Any, kept: Any;
declare const theDefault: Any;
export default theDefault;
export function getHidden(): Any;
