/** The person left with Ctrl-C; nothing has been written. */
export class Left extends Error {
  override readonly name = 'Left';
}
