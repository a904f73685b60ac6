/** A class whose instances cross in a way of their own, as memory that is passed by reference. */
export interface CustomType<T extends object = object> {
  /** What the packed value carries; the same in every process. */
  readonly tag: string;
  /** A value that says how to make the instance again; it is packed in its place. */
  write(value: T): unknown;
  /** Makes the instance from what `write` returned in another process. */
  read(descriptor: unknown): T;
}

const byPrototype = new Map<object, CustomType>();
const byTag = new Map<string, Pick<CustomType, 'tag' | 'read'>>();

/**
 * Registers a class, with its subclasses, for this process; the process that reads needs the same registration.
 * A class or tag that is registered already is replaced.
 */
export function registerCustomType<T extends object>(
  type: abstract new (...values: never[]) => T,
  how: CustomType<T>,
): void {
  byPrototype.set(type.prototype as object, how as unknown as CustomType);
  byTag.set(how.tag, how as unknown as CustomType);
}

/** How an instance crosses, if its class or one above it is registered. */
export function customTypeOf(value: object): CustomType | undefined {
  if (byPrototype.size === 0) return undefined;
  for (
    let prototype = Object.getPrototypeOf(value);
    prototype;
    prototype = Object.getPrototypeOf(prototype)
  ) {
    const found = byPrototype.get(prototype);
    if (found) return found;
  }
  return undefined;
}

/** The same for what has no class of its own, in a process that only reads it. */
export function readTagWith(how: Pick<CustomType, 'tag' | 'read'>): void {
  byTag.set(how.tag, how);
}

export function customTypeByTag(tag: string): Pick<CustomType, 'read'> | undefined {
  return byTag.get(tag);
}
