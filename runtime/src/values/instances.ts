import { types } from 'node:util';
import { className, isNative, RESPONSE, withArticle } from './refusals.js';

/**
 * What becomes of an instance of a class with methods, which arrives as a plain object of its properties: it is sent, and
 * told of once for each class; refused; or sent without a word. One without properties is refused but with `'allow'`.
 */
export type InstanceRule = 'warn' | 'refuse' | 'allow';

/** Prototypes of classes written in JavaScript whose instances were found sendable before, under each rule. */
const known: Readonly<Record<InstanceRule, WeakSet<object>>> = {
  warn: new WeakSet(),
  refuse: new WeakSet(),
  allow: new WeakSet(),
};
let rule: InstanceRule = 'allow';
let knownNow = known.allow;
let tell: (message: string) => void = () => {};

/** Sets the rule for what is packed from now on. */
export function useInstanceRule(newRule: InstanceRule, warn: (message: string) => void): void {
  rule = newRule;
  knownNow = known[newRule];
  tell = warn;
}

/** Lets go of what a rule was set with, so that a pool that has ended is not kept by it. */
export function forgetInstanceRule(warn: (message: string) => void): void {
  if (tell === warn) useInstanceRule('allow', () => {});
}

/**
 * Whether instances of this prototype were found sendable before, as plain objects of their own properties. What cannot
 * be sent is told by its class, so one look at a class is enough.
 */
export function isKnownInstance(prototype: object): boolean {
  return knownNow.has(prototype);
}

/**
 * Looks at an instance of a class that nothing else is said against, and remembers the class.
 * @returns why it cannot be sent, to be read after its path; `undefined` when it can
 */
export function problemOfInstance(value: object, prototype: object): string | undefined {
  if (rule !== 'allow' && losesMethods(value, prototype)) {
    const name = withArticle(className(value));
    if (Object.keys(value).length === 0) return `is ${name}, of which nothing but methods could arrive`;
    if (rule === 'refuse') return `is ${name}, which would arrive without its methods; send a plain object`;
    tell(`${name} arrives as a plain object, without its methods (pool option instances)`);
  }
  remember(prototype);
  return undefined;
}

function losesMethods(value: object, prototype: object): boolean {
  if (RESPONSE in value || types.isProxy(value)) return false;
  for (let at: object | null = prototype; at !== null; at = Object.getPrototypeOf(at)) {
    const above: object | null = Object.getPrototypeOf(at);
    // What all objects have is not missed.
    if (above === null) return false;
    for (const [key, { get, value: method }] of Object.entries(Object.getOwnPropertyDescriptors(at)))
      if (key !== 'constructor' && (get !== undefined || typeof method === 'function')) return true;
  }
  return false;
}

/** Not where a built-in class is above it: of those, the value itself must be asked. */
function remember(prototype: object): void {
  for (let at = prototype; at !== Object.prototype; at = Object.getPrototypeOf(at))
    if (at === null || types.isProxy(at) || isBuiltIn(at)) return;
  knownNow.add(prototype);
}

function isBuiltIn(prototype: object): boolean {
  const itsClass: unknown = Object.getOwnPropertyDescriptor(prototype, 'constructor')?.value;
  return typeof itsClass !== 'function' || isNative(itsClass);
}
