import type { CodeNode, CodeType } from '../adapter/index.js';
import { unwrap } from './functions.js';

const ARRAY = /^(push|pop|shift|unshift|splice|sort|reverse|fill|copyWithin)$/;
const BYTES = /^(set|fill|sort|reverse|copyWithin|write.*|swap\d+|set[A-Z].*)$/;
const BY_CLASS: readonly (readonly [name: RegExp, methods: RegExp])[] = [
  [/^(Weak)?Map$/, /^(set|delete|clear|getOrInsert(Computed)?)$/],
  [/^(Weak)?Set$/, /^(add|delete|clear)$/],
  [/^((Big)?U?[Ii]nt\d+|Float\d+|Uint8Clamped|BigInt64|BigUint64)Array$|^Buffer$|^DataView$/, BYTES],
  [/^Date$/, /^set[A-Z]/],
  [/^(URLSearchParams|Headers|FormData)$/, /^(append|set|delete|sort)$/],
  [/^Array$/, ARRAY],
  [
    /^EventEmitter$/,
    /^(on|once|off|addListener|prependListener|prependOnceListener|remove(All)?Listeners?)$/,
  ],
  [/^(Async)?(Generator|Iterator|IterableIterator|IteratorObject)$/, /^(next|return|throw)$/],
];
const OF_OBJECT = /^(assign|defineProperty|defineProperties|setPrototypeOf)$/;
const OF_REFLECT = /^(set|deleteProperty|defineProperty|setPrototypeOf)$/;
const OF_ATOMICS = /^(add|and|compareExchange|exchange|or|store|sub|xor)$/;

/** What a call such as `list.push(1)`, `Object.assign(settings, …)` or `counter.hit()` changes. */
export function mutatedBy(call: CodeNode): CodeNode | undefined {
  const callee = unwrap(call.get('expression'));
  const bound = callee && boundTo(callee);
  if (bound) return bound;
  if (!callee || !/^(PropertyAccess|ElementAccess)Expression$/.test(callee.kind)) return undefined;
  const object = callee.get('expression');
  const given = callee.get('argumentExpression')?.type.literal;
  const name = given === undefined ? (callee.name ?? '') : String(given);
  if (!object) return undefined;
  if (isNamespace(object, 'Object') && OF_OBJECT.test(name)) return call.list('arguments')[0];
  if (isNamespace(object, 'Reflect') && OF_REFLECT.test(name)) return call.list('arguments')[0];
  if (isNamespace(object, 'Atomics') && OF_ATOMICS.test(name)) return call.list('arguments')[0];
  const borrowed = borrowedMethod(callee, name, call);
  if (borrowed) return borrowed;
  return changes(object.type, name) ? object : undefined;
}

function isNamespace(object: CodeNode, name: string): boolean {
  return object.kind === 'Identifier' && object.text === name && object.symbol?.origin === 'library';
}

/** `Array.prototype.push.call(list, 1)` */
function borrowedMethod(callee: CodeNode, name: string, call: CodeNode): CodeNode | undefined {
  if (!/^(call|apply)$/.test(name)) return undefined;
  const method = unwrap(callee.get('expression'));
  const owner = method?.kind === 'PropertyAccessExpression' ? method.get('expression') : undefined;
  return owner && changes(owner.type, method?.name ?? '') ? call.list('arguments')[0] : undefined;
}

/** What `const add = seen.add.bind(seen)` changes when it is called. */
function boundTo(callee: CodeNode): CodeNode | undefined {
  const declared = callee.kind === 'Identifier' ? callee.symbol?.declarations[0] : undefined;
  const bind = unwrap(declared?.kind === 'VariableDeclaration' ? declared.get('initializer') : callee);
  const binder = bind?.kind === 'CallExpression' ? unwrap(bind.get('expression')) : undefined;
  if (binder?.kind !== 'PropertyAccessExpression' || binder.name !== 'bind') return undefined;
  const method = unwrap(binder.get('expression'));
  const owner = method?.kind === 'PropertyAccessExpression' ? method.get('expression') : undefined;
  return owner && changes(owner.type, method?.name ?? '') ? bind?.list('arguments')[0] : undefined;
}

function changes(type: CodeType, name: string): boolean {
  // After `?.` the type may be `undefined` as well.
  const parts = type.shape === 'union' ? type.parts : [type];
  return parts.some((part) => {
    if (part.shape === 'array' || part.shape === 'tuple') return ARRAY.test(name);
    return part.lineage.some(
      ({ symbol, shape }) =>
        (shape === 'array' && ARRAY.test(name)) ||
        (symbol?.origin === 'library' &&
          BY_CLASS.some(([owner, methods]) => owner.test(symbol.name) && methods.test(name))),
    );
  });
}
