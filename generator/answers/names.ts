import { shown, UsageError } from '../output/failure.js';
import { camel, kebab, pascal, withoutAccents } from './case.js';
import { isReservedWord, isTakenName } from './reserved.js';

/** A name in the spellings that files, classes and constants need. */
export interface Name {
  /** `OrderMail`: classes. */
  readonly name: string;
  /** `order-mail`: files. */
  readonly kebab: string;
  /** `orderMail`: constants, always with something behind it. */
  readonly camel: string;
  /** `media/` for `media/Resize`: the folder below that of its kind, or nothing. */
  readonly folder: string;
}

export type NamedKind = 'worker' | 'listener' | 'queue' | 'strategy';

/** What a class of a kind is called, given its name: `Orders` is the queue `OrdersQueue`. */
export const CLASS_SUFFIX: Record<NamedKind, string> = {
  worker: '',
  listener: '',
  queue: 'Queue',
  strategy: '',
};

const SHAPE = /^[A-Za-z][A-Za-z0-9]*(?:[-_][A-Za-z0-9]+)*$/;
const FOLDER = /^[a-z0-9]+(?:[-_][a-z0-9]+)*$/;
const MAX_LENGTH = 64;

/**
 * Checks a name as it was typed.
 *
 * - takes a folder before it: `media/Resize`
 * - refuses what is no identifier, with the reason: other paths, quotes, template syntax, spaces
 * - takes an accented letter for the letter without it: `café` is `Cafe`
 * - refuses every other letter outside ASCII, as it may look like another one
 * - refuses reserved words and names that the generated file already uses
 */
export function parseName(kind: NamedKind | (string & {}), received: string): Name {
  const [typed = '', ...folders] = withoutAccents(received).split('/').reverse();
  const isInFolder = folders.every((folder) => FOLDER.test(folder));
  const problem = isInFolder ? problemOf(typed) : 'it is a path';
  if (problem) throw refused(kind, received, problem);
  const name = pascal(typed);
  const className = name + (CLASS_SUFFIX[kind as NamedKind] ?? '');
  if (isTakenName(className))
    throw refused(kind, received, `${className} already means something else there`);
  const folder = folders.map((part) => `${part}/`).reverse();
  return { name, kebab: kebab(withoutKind(kind, typed)), camel: camel(typed), folder: folder.join('') };
}

/** `Orders` and `OrdersQueue` are the same queue. */
export function queueName(typed: string): Name {
  return parseName('queue', typed.length > 5 ? typed.replace(/[-_]?queue$/i, '') : typed);
}

/** `FooWorker` is the class of that name, in `foo.worker.ts`. */
function withoutKind(kind: string, typed: string): string {
  const shorter = typed.replace(new RegExp(`[-_]?${kind}$`, 'i'), '');
  return shorter === '' ? typed : shorter;
}

function problemOf(typed: string): string | undefined {
  if (typed === '') return 'it is empty';
  if (/[/\\]|\.\./.test(typed)) return 'it is a path';
  const odd = [...typed].find((c) => c > '\u007e' || c < ' ');
  if (odd) {
    const point = `U+${odd.codePointAt(0)?.toString(16).toUpperCase().padStart(4, '0')}`;
    return `${point} in it may be taken for another character`;
  }
  if (/^\d/.test(typed)) return 'it begins with a digit';
  if (!SHAPE.test(typed)) return 'only letters, digits, and single - or _ between them are allowed';
  if (typed.length > MAX_LENGTH) return `it has ${typed.length} characters and ${MAX_LENGTH} are allowed`;
  if (isReservedWord(typed)) return 'it is a reserved word of TypeScript';
  return undefined;
}

function refused(kind: string, typed: string, problem: string): UsageError {
  const article = { listener: 'Audit', queue: 'Orders', strategy: 'Patient' }[kind] ?? 'OrderMail';
  return new UsageError(
    'ERR_NAME',
    `${shown(typed)} cannot be the name of a ${kind}: ${problem}. Choose a name like ${article}.`,
  );
}
