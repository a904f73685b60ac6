/** A client's own commands, without a queue around them. */
export interface BareQueue<BareLease = unknown> {
  put(values: readonly unknown[]): unknown;
  reserve(max: number): readonly BareLease[] | Promise<readonly BareLease[]>;
  ack(leases: readonly BareLease[]): unknown;
}

/** One that was opened for a benchmark. */
export interface OpenedByHand<BareLease = unknown> extends BareQueue<BareLease> {
  close(): unknown;
}

export type OpenByHand = (
  url: string,
  options: { readonly leaseMs: number },
) => OpenedByHand | Promise<OpenedByHand>;

/** Of most engines: what settles a delivery. */
export interface Held {
  readonly id: string;
  readonly token: string;
}
