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
  'worker-module.function': '{name} says `{found}`; write `defineWorker(import.meta.url, …)`',
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
  'process-method.generator-function':
    '{name} is a generator, whose iterator cannot cross; return an array, or use `job.progress`',
  'process-types.args': '`{path}` of {name} is `any`; name its type, or `unknown` and look at it before use',
  'process-types.result':
    '`{path}` of {name} is `any`; declare what `process` returns, and check what comes from outside',
  'args-transferable.obstacle':
    '`{path}` of {name} is {what}; pass plain data and make the rest in `process`',
  'result-transferable.obstacle': '`{path}` of {name} is {what}; return plain data',
  'state-transferable.obstacle':
    '`{path}` of {name} is {what}; keep data there, make the rest in `process`, or hold it in a `#private` field that stays in its process',
  'no-module-state.changed':
    '{name} changes `{variable}`, and every process has its own; return the value, or keep it in a field of {name}',
  'no-module-state.function':
    '{name} changes `{variable}`, and every process has its own; return the value, or keep it in what `setup` gives',
  'no-side-effects.statement':
    '`{found}` runs in every process that loads the module; move it into `process`, or into main.ts',
  'no-floating-promise.dropped':
    'the promise of `{found}` is dropped; write `await`, return it, or add `.catch(…)`',
  'no-floating-promise.for-each':
    '`forEach` waits for no promise; use `for (const … of …) await …` or `await Promise.all(….map(…))`',
  'no-process-control.called':
    '`{found}` acts on a process that other jobs use; throw an error, and leave the process to its pool',
  'throws-errors.thrown':
    '{type} is thrown, which has no stack; throw `new Error(…)`, with `cause` for what was caught',
  'honours-signal.endless':
    'nothing bounds this loop of {name}, and it never looks at `this.signal`; call `this.signal.throwIfAborted()` in it',
  'honours-signal.function':
    'nothing bounds this loop of {name}, and it never looks at `job.signal`; call `job.signal.throwIfAborted()` in it',
  'listener-event.unknown': "'{event}' is no event of a job; use one of `JobEvent`: {names}",
  'listener-target.mismatch':
    '{map} listens to {wanted}, which {name} is not; type the map as `Listeners<{name}>`, or bind it to its own worker',
  'listener-target.unbound':
    '{map} is bound to no worker; add it to `static override readonly listeners = […]` of its worker',
  'listener-target.untyped': '{map} has no type; write `{map}: Listeners<{worker}>`',
  'listener-in-constructor.added':
    'this listener of {name} is heard in the process that called the job alone, and made for nothing in every other; put it into `static override readonly listeners = […]`',
  'queue-members.missing':
    '{name} lacks {members}; add them, and throw `UnsupportedError` for what the engine cannot do',
  'queue-members.type': '`{member}` of {name} is {found}, and the contract says {wanted}; make it agree',
  'queue-fenced.unfenced':
    '`{method}` of {name} never uses the token of a lease, so a late call hits the next holder; compare `lease.token` where the record is changed',
  'queue-honest.always':
    "`{method}` of {name} answers 'ok' and can never answer 'lost'; answer 'lost' where the engine changed nothing",
  'queue-claim.select':
    '{name} looks for values before it claims them; use `UPDATE … RETURNING`, `FOR UPDATE SKIP LOCKED`, or `BEGIN IMMEDIATE`',
  'queue-tested.untested':
    "no test runs the kit on {name}; add `describeQueue('{name}', …)` of mproc-worker/testing",
  'strategy-pure.source': '{name} reads `{found}`; use `attempt`, `elapsedMs` and `random` of the failure',
  'strategy-pure.changed':
    '{name} changes `{found}`, which serves all jobs at once; decide from the failure alone',
  'strategy-bounded.never': "{name} never answers `{ action: 'fail' }`; fail after a number of attempts",
  'strategy-bounded.uncounted':
    '{name} tries again without looking at `attempt` or `elapsedMs`; fail once one of them is too large',
  'strategy-bounded.infinite': '`{found}` tries a job that always fails for ever; give a number',
  'suppression-reason.missing':
    'the suppression of {rule} gives no reason; write `// mproc-check-ignore {rule}: <reason>`',
  'suppression-reason.no-rule':
    'the suppression names no rule; write `// mproc-check-ignore <rule>: <reason>`',
  'suppression-unused.rule': 'nothing is found here by {rule}; take the suppression out',
  'check-failed.rule':
    'ERR_CHECK_RULE: {rule} could not look at everything ({error}); the other rules did. Report it with the code that was checked',
  'not-checked.javascript':
    'this file uses mproc-worker, and {config} leaves JavaScript out; set `allowJs`, or write it in TypeScript',
  'known-fault':
    'this file was made by create-mproc-worker {version}, whose template has a known fault: it {what}; `npx create-mproc-worker update` mends it',
  'not-checked.outside': 'this file uses mproc-worker, and {config} leaves it out; add it to `include`',
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
