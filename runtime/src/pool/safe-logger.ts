import type { Logger } from '../contracts/logger.js';

/** A logger that fails must not end what was only to be told of: there is nobody else to tell. */
export function safeLogger(logger: Logger): Logger {
  const safe =
    (level: keyof Logger) =>
    (message: string, ...details: unknown[]): void => {
      try {
        const said: unknown = logger[level](message, ...details);
        if (said instanceof Promise) said.catch(() => {});
      } catch {}
    };
  return { debug: safe('debug'), info: safe('info'), warn: safe('warn'), error: safe('error') };
}
