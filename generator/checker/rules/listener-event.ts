import type { CodeNode } from '../adapter/index.js';
import type { RuleFinding } from '../findings.js';
import { ownMember } from '../model/classes.js';
import { unwrap } from '../model/functions.js';
import { boundExpressions, keyOf, knownEvents, literalOf } from '../model/listeners.js';
import type { Rule, RuleContext } from '../rule.js';

export const listenerEvent: Rule = {
  id: 'listener-event',
  severity: 'error',
  clause: 'A listener is bound to an event that is fired.',
  fixable: false,
  *check(context) {
    const events = knownEvents(context.code);
    if (events.size === 0) return;
    const finding = (event: string, at: CodeNode): RuleFinding => {
      const names = [...events].map((each) => each.slice(each.lastIndexOf('.') + 1)).join(', ');
      return { text: 'listener-event.unknown', values: { event, names }, at };
    };
    for (const literal of literals(context)) {
      for (const property of literal.list('properties')) {
        const key = property.kind === 'SpreadAssignment' ? undefined : keyOf(property);
        if (key !== undefined && !events.has(key)) yield finding(key, property.get('name') ?? property);
      }
    }
    for (const event of givenEvents(context)) {
      const value = eventIn(event);
      if (typeof value === 'string' && !events.has(value)) yield finding(value, event);
    }
  },
};

/** What is given, whatever it is said to be: by itself, by its type, or by the constant that it names. */
function eventIn(given: CodeNode, steps = 0): unknown {
  const bare = unwrap(given);
  const known = bare?.type.literal ?? given.type.literal;
  if (known !== undefined || bare?.kind !== 'Identifier' || steps > 3) return known;
  const declared = bare.symbol?.declarations[0];
  const value = declared?.kind === 'VariableDeclaration' ? declared.get('initializer') : undefined;
  return value && /^const\b/.test(declared?.parent?.text ?? '') ? eventIn(value, steps + 1) : undefined;
}

/** The objects of listener maps, those written into a `static listeners` included. */
function literals({ module }: RuleContext): Set<CodeNode> {
  const found = new Set(
    module.listeners.map((map) => map.literal).filter((literal) => literal !== undefined),
  );
  for (const worker of module.allWorkers) {
    const member = ownMember(worker.node, 'listeners', 'static');
    for (const expression of member ? boundExpressions(member) : []) {
      const declared = unwrap(expression)?.symbol?.declarations[0];
      const literal = literalOf(expression) ?? literalOf(declared?.get('initializer'));
      if (literal) found.add(literal);
    }
  }
  return found;
}

/** The first arguments of `addListener` and `removeListener`. */
function givenEvents({ module: { file } }: RuleContext): CodeNode[] {
  const found: CodeNode[] = [];
  if (!/\b(add|remove)Listener\b/.test(file.text)) return found;
  file.root.walk((node) => {
    const callee = node.kind === 'CallExpression' ? unwrap(node.get('expression')) : undefined;
    if (callee?.kind !== 'PropertyAccessExpression' || !/^(add|remove)Listener$/.test(callee.name ?? ''))
      return;
    const given = node.list('arguments')[0];
    if (given && callee.get('name')?.symbol?.origin === 'runtime') found.push(given);
  });
  return found;
}
