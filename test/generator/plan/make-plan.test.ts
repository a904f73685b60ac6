import { expect, test } from 'vitest';
import { completeLines } from '../../../generator/plan/complete-lines.js';
import { type Found, makePlan, type PlanInput } from '../../../generator/plan/make-plan.js';
import { MANIFEST_PATH, sha256 } from '../../../generator/plan/manifest.js';
import type { Output } from '../../../generator/plan/output.js';
import { changesOf, conflictsOf, type Plan } from '../../../generator/plan/plan.js';

const COMPLETED = (text: string) => completeLines(text, 'one\n');

/** A tree in memory, as a plan looks at one. */
function look(tree: Record<string, string>): (path: string) => Found {
  return (path) => {
    const text = tree[path];
    if (text === undefined) return { kind: 'absent' };
    return text.startsWith('-> ')
      ? { kind: 'blocked', why: 'it is a link' }
      : { kind: 'file', bytes: Buffer.from(text) };
  };
}

function plan(tree: Record<string, string>, outputs: readonly Output[], more: Partial<PlanInput> = {}): Plan {
  return makePlan({
    command: 'test',
    root: '/project',
    look: look(tree),
    outputs,
    force: false,
    generator: '1.0.0',
    ...more,
  });
}

/** The tree after a plan was carried out. */
function after(tree: Record<string, string>, done: Plan): Record<string, string> {
  const changed = changesOf(done).map(({ path, contents }) => [path, contents?.toString() ?? ''] as const);
  return { ...tree, ...Object.fromEntries(changed) };
}

function actions(made: Plan): Record<string, string> {
  const own = made.files.filter(({ path }) => path !== MANIFEST_PATH);
  return Object.fromEntries(own.map(({ path, action }) => [path, action]));
}

const FILE: Output = { kind: 'file', path: 'a.ts', contents: 'one\n' };
const OTHER: Output = { kind: 'file', path: 'a.ts', contents: 'two\n' };
const EDIT: Output = {
  kind: 'edit',
  path: 'a.ts',
  edit: (text) => (text.includes('// more') ? text : `${text}// more\n`),
};

test.each<[what: string, tree: Record<string, string>, outputs: Output[], action: string]>([
  ['a file that is not there is created', {}, [FILE], 'create'],
  ['a file that holds it already is unchanged', { 'a.ts': 'one\n' }, [FILE], 'unchanged'],
  ['another file is in the way', { 'a.ts': 'mine\n' }, [FILE], 'conflict'],
  ['a link is in the way', { 'a.ts': '-> b.ts' }, [FILE], 'conflict'],
  ['a file to keep is kept', { 'a.ts': 'mine\n' }, [{ ...FILE, existing: 'keep' }], 'kept'],
  ['a file to complete is edited', { 'a.ts': 'mine\n' }, [{ ...FILE, existing: COMPLETED }], 'edit'],
  ['a file may be edited as it is', { 'a.ts': 'mine\n' }, [EDIT], 'edit'],
  ['an edit that is there already changes nothing', { 'a.ts': '// more\n' }, [EDIT], 'unchanged'],
  ['a file to edit has to be there', {}, [EDIT], 'conflict'],
  ['a new file is created as edited', {}, [FILE, EDIT], 'create'],
])('%s', (_what, tree, outputs, action) => {
  expect(actions(plan(tree, outputs))).toEqual({ 'a.ts': action });
});

test('force overwrites what is in the way, but no link, and nothing that is to be kept', () => {
  const kept: Output = { ...FILE, existing: 'keep' };
  expect(actions(plan({ 'a.ts': 'mine\n' }, [kept], { force: true }))).toEqual({ 'a.ts': 'kept' });
  expect(actions(plan({ 'a.ts': 'mine\n' }, [FILE], { force: true }))).toEqual({ 'a.ts': 'overwrite' });
  expect(actions(plan({ 'a.ts': '-> b.ts' }, [FILE], { force: true }))).toEqual({ 'a.ts': 'conflict' });
});

test('the same outputs again change nothing, also where the generator itself edited the file since', () => {
  const first = after({}, plan({}, [FILE]));
  expect(changesOf(plan(first, [FILE]))).toEqual([]);
  const second = after(first, plan(first, [EDIT]));
  expect(second['a.ts']).toBe('one\n// more\n');
  expect(changesOf(plan(second, [FILE]))).toEqual([]);
  expect(changesOf(plan(second, [FILE, EDIT]))).toEqual([]);
});

test("a file that a person changed stays the person's after an edit of ours", () => {
  const first = after({}, plan({}, [FILE]));
  const theirs = { ...first, 'a.ts': 'mine\n' };
  const edited = after(theirs, plan(theirs, [EDIT]));
  expect(edited['a.ts']).toBe('mine\n// more\n');
  const again = plan(edited, [FILE]).files.find(({ path }) => path === 'a.ts');
  expect(again).toMatchObject({ action: 'conflict', reason: 'it was changed by hand' });
});

test('other answers do not replace what is there unasked', () => {
  const first = after({}, plan({}, [FILE]));
  const again = plan(first, [OTHER]).files.find(({ path }) => path === 'a.ts');
  expect(again).toMatchObject({ action: 'conflict', reason: 'it is there already' });
});

/** One file of a plan, with its bytes as text. */
function planned(made: Plan, path = 'a.ts'): Record<string, unknown> {
  const { before, contents, ...rest } = made.files.find((file) => file.path === path)!;
  return { ...rest, before: before?.toString(), contents: contents?.toString() };
}

/** The manifest that a plan leaves. */
function manifestOf(made: Plan): Record<string, unknown> {
  return JSON.parse(String(planned(made, MANIFEST_PATH).contents));
}

test.each<[string, Record<string, string>, Output[], Record<string, unknown>]>([
  ['created', {}, [FILE], { action: 'create', before: undefined, contents: 'one\n' }],
  ['as it is', { 'a.ts': 'one\n' }, [FILE], { action: 'unchanged', before: 'one\n', contents: 'one\n' }],
  [
    'another’s',
    { 'a.ts': 'mine\n' },
    [FILE],
    { action: 'conflict', before: 'mine\n', contents: 'mine\n', reason: 'it is there already' },
  ],
  [
    'behind a link',
    { 'a.ts': '-> b' },
    [FILE],
    { action: 'conflict', before: undefined, contents: undefined, reason: 'it is a link' },
  ],
  [
    'kept',
    { 'a.ts': 'mine\n' },
    [{ ...FILE, existing: 'keep' }],
    { action: 'kept', before: 'mine\n', contents: 'mine\n', reason: 'it is there already' },
  ],
  [
    'kept, and edited',
    { 'a.ts': 'mine\n' },
    [{ ...FILE, existing: 'keep' }, EDIT],
    { action: 'edit', before: 'mine\n', contents: 'mine\n// more\n' },
  ],
  [
    'completed',
    { 'a.ts': 'mine\n' },
    [{ ...FILE, existing: COMPLETED }],
    { action: 'edit', before: 'mine\n', contents: 'mine\none\n' },
  ],
  [
    'complete',
    { 'a.ts': 'one\nmine\n' },
    [{ ...FILE, existing: COMPLETED }],
    { action: 'unchanged', before: 'one\nmine\n', contents: 'one\nmine\n' },
  ],
  ['edited', { 'a.ts': 'mine\n' }, [EDIT], { action: 'edit', before: 'mine\n', contents: 'mine\n// more\n' }],
  [
    'edited already',
    { 'a.ts': '// more\n' },
    [EDIT],
    { action: 'unchanged', before: '// more\n', contents: '// more\n' },
  ],
  [
    'edited where it is not',
    {},
    [EDIT],
    { action: 'conflict', before: undefined, contents: undefined, reason: 'it is not there' },
  ],
  [
    'edited behind a link',
    { 'a.ts': '-> b' },
    [EDIT],
    { action: 'conflict', before: undefined, contents: undefined, reason: 'it is a link' },
  ],
  [
    'in the way of an edit, too',
    { 'a.ts': 'mine\n' },
    [FILE, EDIT],
    { action: 'conflict', before: 'mine\n', contents: 'mine\n', reason: 'it is there already' },
  ],
  [
    'made and edited',
    {},
    [FILE, EDIT, EDIT],
    { action: 'create', before: undefined, contents: 'one\n// more\n' },
  ],
  [
    'completed, and edited back',
    { 'a.ts': 'mine\n' },
    [
      { ...FILE, existing: COMPLETED },
      { kind: 'edit', path: 'a.ts', edit: () => 'mine\n' },
    ],
    { action: 'unchanged', before: 'mine\n', contents: 'mine\n' },
  ],
])('a file that is %s is planned so', (_what, tree, outputs, expected) => {
  expect(planned(plan(tree, outputs))).toEqual({ path: 'a.ts', ...expected });
});

test('a file that is overwritten and edited stays one that is overwritten', () => {
  const made = plan({ 'a.ts': 'mine\n' }, [FILE, EDIT], { force: true });
  expect(planned(made)).toEqual({
    path: 'a.ts',
    action: 'overwrite',
    before: 'mine\n',
    contents: 'one\n// more\n',
  });
});

test('what the generator left and edited itself is as it was left', () => {
  const first = after({}, plan({}, [FILE]));
  const second = after(first, plan(first, [EDIT]));
  expect(planned(plan(second, [FILE]))).toEqual({
    path: 'a.ts',
    action: 'unchanged',
    before: 'one\n// more\n',
    contents: 'one\n// more\n',
  });
  // With other answers it is in the way, as is one that a person has changed since.
  expect(planned(plan(second, [OTHER]))).toMatchObject({ action: 'conflict', reason: 'it is there already' });
  const theirs = { ...second, 'a.ts': 'one\n// more\nmine\n' };
  expect(planned(plan(theirs, [FILE]))).toMatchObject({
    action: 'conflict',
    reason: 'it was changed by hand',
  });
});

test('only what is in the way is a conflict, and only what changes is written', () => {
  const outputs: Output[] = ['new.ts', 'same.ts', 'mine.ts', 'kept.ts'].map(
    (path) => ({ ...FILE, path }) as Output,
  );
  outputs[3] = { ...outputs[3]!, existing: 'keep' } as Output;
  const made = plan({ 'same.ts': 'one\n', 'mine.ts': 'mine\n', 'kept.ts': 'mine\n' }, outputs);
  expect(conflictsOf(made).map(({ path }) => path)).toEqual(['mine.ts']);
  expect(changesOf(made).map(({ path }) => path)).toEqual(['new.ts', MANIFEST_PATH]);
  expect([made.command, made.root]).toEqual(['test', '/project']);
});

test('the manifest says what each file was left as, and nothing of files that are not ours', () => {
  const outputs: Output[] = [
    FILE,
    { ...FILE, path: 'mine.ts' },
    { ...FILE, path: 'kept.ts', existing: 'keep' },
    { kind: 'edit', path: 'theirs.ts', edit: (text) => `${text}// more\n` },
  ];
  const tree = { 'mine.ts': 'mine\n', 'kept.ts': 'mine\n', 'theirs.ts': 'theirs\n' };
  const made = plan(tree, outputs, {
    project: { template: 'files', answers: { name: 'demo' } },
    additions: [{ kind: 'worker', name: 'A', answers: {} }],
  });
  expect(manifestOf(made)).toEqual({
    version: 1,
    generator: '1.0.0',
    template: 'files',
    answers: { name: 'demo' },
    added: [{ kind: 'worker', name: 'A', answers: {}, generator: '1.0.0' }],
    files: { 'a.ts': sha256('one\n') },
    edited: {},
  });
});

test('the manifest keeps what the template gave of a file that was edited, until the file is that again', () => {
  const first = after({}, plan({}, [FILE]));
  const edited = plan(first, [EDIT], { generator: '1.1.0' });
  const hashes = { files: { 'a.ts': sha256('one\n// more\n') }, edited: { 'a.ts': sha256('one\n') } };
  expect(manifestOf(edited)).toEqual({ version: 1, generator: '1.1.0', added: [], ...hashes });
  const second = after(first, edited);
  const twice = plan(second, [{ kind: 'edit', path: 'a.ts', edit: (text) => `${text}// again\n` }]);
  expect(manifestOf(twice)).toMatchObject({
    files: { 'a.ts': sha256('one\n// more\n// again\n') },
    edited: { 'a.ts': sha256('one\n') },
  });
  const back = plan(second, [{ kind: 'edit', path: 'a.ts', edit: () => 'one\n' }]);
  expect(manifestOf(back)).toMatchObject({ files: { 'a.ts': sha256('one\n') }, edited: {} });
  // Both at once, as a new project has it.
  expect(manifestOf(plan({}, [FILE, EDIT]))).toMatchObject(hashes);
  // What was edited before is still known when another file is made.
  expect(manifestOf(plan(second, [{ ...FILE, path: 'b.ts' }]))).toMatchObject({ edited: hashes.edited });
});

test('a manifest that says the same is not written again', () => {
  const first = after({}, plan({}, [FILE]));
  const text = first[MANIFEST_PATH]!;
  expect(planned(plan(first, [FILE]), MANIFEST_PATH)).toEqual({
    path: MANIFEST_PATH,
    action: 'unchanged',
    before: text,
    contents: text,
  });
  expect(planned(plan(first, [{ ...FILE, path: 'b.ts' }]), MANIFEST_PATH)).toMatchObject({
    action: 'edit',
    before: text,
  });
  expect(planned(plan({}, []), MANIFEST_PATH)).toMatchObject({ action: 'create', before: undefined });
});

test('a manifest behind a link is in the way', () => {
  expect(planned(plan({ [MANIFEST_PATH]: '-> b' }, [FILE]), MANIFEST_PATH)).toEqual({
    path: MANIFEST_PATH,
    action: 'conflict',
    before: undefined,
    contents: undefined,
    reason: 'it is a link',
  });
});

test('a manifest that cannot be read is said to be one', () => {
  expect(() => plan({ [MANIFEST_PATH]: '{' }, [FILE])).toThrow(/manifest\.json cannot be read/);
  expect(() => plan({ [MANIFEST_PATH]: '{"version":2}' }, [FILE])).toThrow(/version 1/);
});

test('nothing in a manifest depends on when it was written', () => {
  expect(plan({}, [FILE]).files.at(-1)?.contents).toEqual(plan({}, [FILE]).files.at(-1)?.contents);
});

test.each([
  ['', 'a\nb\n', 'a\nb\n'],
  ['a\n', 'a\nb\n', 'a\nb\n'],
  ['x', 'a\n', 'x\na\n'],
  ['x\r\n', 'a\nb\n', 'x\r\na\r\nb\r\n'],
  ['b\na\n', 'a\nb\n', 'b\na\n'],
  ['  a\n', 'a\n\n  \n  b  \n', '  a\n  b  \n'],
  ['a', 'a\n', 'a'],
  ['a', ' a\n', 'a'],
])('%j completed with %j', (text, wanted, completed) => {
  expect(completeLines(text, wanted)).toBe(completed);
});
