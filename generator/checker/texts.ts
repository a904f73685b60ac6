/**
 * The words of every finding: what was found, and the way out. The clause is the rule's own and is put in front.
 * `{name}` stands for a value of the finding.
 */
export const TEXTS = {
  'worker-exported.missing': '{name} is not exported; write `export` before it',
  'worker-exported.renamed': '{name} is exported as {exported} only; export it as {name}',
  'worker-module.missing':
    '{name} does not say where it is; add `static override readonly module = import.meta.url;`',
  'worker-module.inherited':
    '{name} inherits `module` from another file, which does not export {name}; add `static override readonly module = import.meta.url;`',
  'worker-module.not-static':
    "{name}'s `module` is not static; write `static override readonly module = import.meta.url;`",
  'worker-module.wrong': '{name} says `{found}`; write `static override readonly module = import.meta.url;`',
  'worker-top-level.nested':
    '{name} stands in {outer}; move it to the top level of a module and pass what it captures as arguments or fields',
  'worker-constructor.required':
    '{name} requires `{parameter}`; give it a default, or set it as a field after `new {name}()`: fields travel with each job',
  'worker-name-unique.twice': '{name} is also the name of the worker at {where}; rename one of them',
  'process-method.missing': '{name} has no `process`; add `protected override process(args) { … }`',
  'process-method.field':
    "{name}'s `process` is a field; make it a method: `protected override process(args) { … }`",
  'process-method.accessor':
    "{name}'s `process` is an accessor; make it a method: `protected override process(args) { … }`",
  'process-method.misplaced':
    "{name}'s `process` is static or private to the class; make it `protected override process(args) { … }`",
  'process-method.generator':
    "{name}'s `process` is a generator, whose iterator cannot cross; return an array, or use `progress`",
  'process-types.args': '`{path}` of {name} is `any`; name its type, or `unknown` and look at it before use',
  'process-types.result':
    '`{path}` of {name} is `any`; declare what `process` returns, and check what comes from outside',
  'args-transferable.obstacle':
    '`{path}` of {name} is {what}; pass plain data and make the rest in `process`',
  'result-transferable.obstacle': '`{path}` of {name} is {what}; return plain data',
  'state-transferable.obstacle':
    '`{path}` of {name} is {what}; keep data there, make the rest in `process`, or hold it in a `#private` field that stays in its process',
  'suppression-reason.missing':
    'the suppression of {rule} gives no reason; write `// mproc-check-ignore {rule}: <reason>`',
  'suppression-reason.no-rule':
    'the suppression names no rule; write `// mproc-check-ignore <rule>: <reason>`',
  'suppression-reason.unknown': 'no rule is called {rule}; see docs/rules for their names',
} as const;

export type TextKey = keyof typeof TEXTS;
export type TextValues = Readonly<Record<string, string | number>>;

/** The words of a finding. A value that is missing is a mistake in the rule. */
export function wordsOf(key: TextKey, values: TextValues): string {
  return TEXTS[key].replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = values[name];
    if (value === undefined)
      throw new TypeError(`text ${key} needs the value ${name}, and the rule gave none`);
    return String(value);
  });
}
