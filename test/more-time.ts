/**
 * Has the body again with more time where it fails: what can be shown only within a time that a busy machine may exceed is
 * shown with one that it keeps. What does not hold at all fails each time; the last failure is told.
 * @param body cleans up after itself, as it may come again
 */
export async function withMoreTime(
  timesMs: readonly [number, ...number[]],
  body: (ms: number) => Promise<void>,
): Promise<void> {
  for (const [at, ms] of timesMs.entries()) {
    try {
      return await body(ms);
    } catch (error) {
      if (at === timesMs.length - 1) throw error;
    }
  }
}
