/** Another queue over the same server. */
export interface QueuePeer {
  readonly name: string;
  /** How much of its rate is the goal for what goes there and back. */
  readonly goal: number;
  /** Where it brings no answers: how much of its rate is the goal for what is submitted. */
  readonly submits?: number;
  open(url: string): Promise<OpenPeer>;
}

export interface OpenPeer {
  /** Jobs a second. */
  rate(jobs: number): Promise<number>;
  close(): Promise<void>;
}
