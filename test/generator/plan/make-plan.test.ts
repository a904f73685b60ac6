import { expect, test } from 'vitest';
import { completeLines } from '../../../generator/plan/complete-lines.js';
import { type Found, makePlan, type PlanInput } from '../../../generator/plan/make-plan.js';
import { MANIFEST_PATH } from '../../../generator/plan/manifest.js';
import type { Output } from '../../../generator/plan/output.js';
import { changesOf, type Plan } from '../../../generator/plan/plan.js';

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
  ['a file to complete is edited', { 'a.ts': 'mine\n' }, [{ ...FILE, existing: 'complete' }], 'edit'],
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
])('%j completed with %j', (text, wanted, completed) => {
  expect(completeLines(text, wanted)).toBe(completed);
});
