import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';

/** `rule file:line:column`, as short as a finding can be told. */
export type Place = string;

export function placeOf(finding: { rule: string; file: string; line: number; column: number }): Place {
  return `${finding.file}:${finding.line}:${finding.column} ${finding.rule}`;
}

/**
 * What the fixtures below a folder expect. A comment line under the code points at the column of a finding:
 * `//    ^ rule-id` by its caret, `//@1 rule-id` by its number.
 */
export function expectedPlaces(root: string, folder: string): Place[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .flatMap((name) => placesIn(join(root, folder, name), root))
    .sort();
}

function placesIn(path: string, root: string): Place[] {
  const places: Place[] = [];
  let codeLine = 0;
  for (const [index, text] of readFileSync(path, 'utf8').split(/\r?\n/).entries()) {
    const mark = /^\/\/(?:@(\d+)|\s*\^) ([a-z-]+)$/.exec(text);
    if (!mark) {
      codeLine = index + 1;
      continue;
    }
    const column = mark[1] === undefined ? text.indexOf('^') + 1 : Number(mark[1]);
    const file = relative(root, path).replaceAll('\\', '/');
    places.push(placeOf({ rule: mark[2]!, file, line: codeLine, column }));
  }
  return places;
}
