/** Where the runtime says what nobody else can be told; `console` is one. */
export interface Logger {
  /** What only a search for a fault needs. */
  debug(message: string, ...details: unknown[]): void;
  /** What is as it should be. */
  info(message: string, ...details: unknown[]): void;
  /** What may become a fault. */
  warn(message: string, ...details: unknown[]): void;
  /** What went wrong. */
  error(message: string, ...details: unknown[]): void;
}
