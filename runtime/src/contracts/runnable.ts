/** Something that can be run to its end in the process that calls it. */
export interface Runnable<Args, Outcome> {
  /** Resolves to the outcome. */
  run(args: Args): Promise<Outcome>;
}
