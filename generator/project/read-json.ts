import { readFileSync } from 'node:fs';

/** Without the byte order mark that some editors put first. */
export function withoutMark(text: string): string {
  return text.replace(/^\ufeff/, '');
}

/** The object in a file of JSON; an empty one where there is no such file, or none that can be read. */
export function readJson(path: string): Readonly<Record<string, unknown>> {
  try {
    return Object(JSON.parse(withoutMark(readFileSync(path, 'utf8'))));
  } catch {
    return {};
  }
}
