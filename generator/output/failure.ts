/** What ends a command: `exitCode` 1 when it failed at its work, 2 when it was not asked for in a way that can be done. */
export class Failure extends Error {
  readonly code: string;
  readonly exitCode: 1 | 2;

  constructor(code: string, message: string, exitCode: 1 | 2, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.exitCode = exitCode;
  }
}

/** Wrong use: refused before anything is written. */
export class UsageError extends Failure {
  constructor(code: string, message: string) {
    super(code, oneLine(message), 2);
  }
}

/** Right use that could not be carried out. */
export class WorkError extends Failure {
  constructor(code: string, message: string, options?: ErrorOptions) {
    super(code, oneLine(message), 1, options);
  }
}

/** Shows what was received so that control characters and line ends can neither hide nor break the line. */
export function shown(received: string): string {
  const text = JSON.stringify(received.length > 60 ? `${received.slice(0, 60)}…` : received);
  return text.replace(/[\u007f-\uffff]/g, (c) =>
    /[\p{L}…]/u.test(c) ? c : `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

function oneLine(message: string): string {
  return message.replace(/\s*[\r\n]+\s*/g, ' ');
}
