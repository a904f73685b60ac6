import * as ownErrors from '../errors/index.js';

/** The built-in classes, by the index that is written; the first is the fallback. */
const BUILTINS: readonly { prototype: Error; make: (message: string, name: string) => Error }[] = [
  ...[Error, TypeError, RangeError, SyntaxError, ReferenceError, EvalError, URIError].map((builtin) => ({
    prototype: builtin.prototype,
    make: () => new builtin(),
  })),
  { prototype: AggregateError.prototype, make: () => new AggregateError([]) },
  { prototype: DOMException.prototype, make: (message, name) => new DOMException(message, name) },
];
const PROTOTYPES: readonly object[] = BUILTINS.map(({ prototype }) => prototype);
const NAMES = PROTOTYPES.map((prototype) => prototype.constructor.name);
const DOM_EXCEPTION = NAMES.indexOf('DOMException');

/** Errors of this package come back as instances of their own classes. */
const OWN_PROTOTYPES = new Map<string, object>(
  Object.entries(ownErrors).flatMap(([name, value]) =>
    typeof value === 'function' && value.prototype instanceof Error
      ? [[name, value.prototype as object]]
      : [],
  ),
);

export type ErrorKind = {
  readonly base: number;
  readonly className: string;
  /** Of this package: not to be mistaken for a user's class of the same name. */
  readonly own: boolean;
};

export function errorKindOf(error: object): ErrorKind {
  const prototype: object | null = Object.getPrototypeOf(error);
  const { constructor: itsClass } = error;
  const className = typeof itsClass === 'function' && itsClass.name !== '' ? itsClass.name : 'Error';
  return { base: baseOf(prototype, className), className, own: OWN_PROTOTYPES.get(className) === prototype };
}

function baseOf(prototype: object | null, className: string): number {
  for (let at = prototype; at; at = Object.getPrototypeOf(at)) {
    const index = PROTOTYPES.indexOf(at);
    if (index >= 0) return index;
  }
  // An error of another context, as one made by node:vm.
  return Math.max(0, NAMES.indexOf(className));
}

export function isDomException(base: number): boolean {
  return base === DOM_EXCEPTION;
}

/** The name an error of that kind has without one of its own. */
export function baseName(base: number): string {
  return isDomException(base) ? 'Error' : NAMES[base]!;
}

/** A new error without message and stack; `undefined` when no such kind is known. */
export function makeError(kind: ErrorKind, name: string, message: string): Error | undefined {
  const builtin = BUILTINS[kind.base];
  const ownPrototype = kind.own ? OWN_PROTOTYPES.get(kind.className) : undefined;
  if (!builtin || (kind.own && !ownPrototype)) return undefined;
  const error = withoutStack(() => builtin.make(message, name));
  if (ownPrototype) return Object.setPrototypeOf(error, ownPrototype);
  const isPlain = kind.className === NAMES[kind.base] && (name === '' || isDomException(kind.base));
  return isPlain ? error : Object.setPrototypeOf(error, classLike(kind, name).prototype);
}

function withoutStack<T>(make: () => T): T {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 0;
  try {
    return make();
  } finally {
    Error.stackTraceLimit = limit;
  }
}

const CLASS_LIMIT = 500;
const KEY_LENGTH_LIMIT = 300;
const classes = new Map<string, { prototype: object }>();

/** A class that stands for one this process does not have: its name, below the built-in class it extends. */
function classLike(kind: ErrorKind, name: string): { prototype: object } {
  const key = `${kind.base}\0${kind.className}\0${name}`;
  const known = classes.get(key);
  if (known) return known;
  const made = { [kind.className]: class {} }[kind.className] as { prototype: object };
  Object.defineProperty(made, 'name', { value: kind.className, configurable: true });
  Object.setPrototypeOf(made, PROTOTYPES[kind.base]!.constructor);
  Object.setPrototypeOf(made.prototype, PROTOTYPES[kind.base]!);
  if (name !== '' && !isDomException(kind.base))
    Object.defineProperty(made.prototype, 'name', { value: name, configurable: true, writable: true });
  // Names come from outside: without limits, ever new ones would fill the memory.
  if (classes.size >= CLASS_LIMIT) classes.clear();
  if (key.length <= KEY_LENGTH_LIMIT) classes.set(key, made);
  return made;
}
