/**
 * Every place where a test can make a process die, and what is half-done there.
 * A test holds this table to the calls in the sources.
 */
export const FAILPOINTS = {} as const satisfies Record<string, string>;

export type FailpointName = keyof typeof FAILPOINTS;
