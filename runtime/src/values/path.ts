/** A step that is neither a property nor an index, as `<map key 2>`. */
export class PathNote {
  constructor(readonly text: string) {}
}

export type PathStep = string | number | PathNote | undefined;

/** The first `count` steps from `root`, as one would write them: `args[2].a["odd key"]`. */
export function formatPath(root: string, steps: readonly PathStep[], count: number): string {
  let path = root;
  for (let i = 0; i < count; i++) path += formatStep(steps[i]);
  return path;
}

function formatStep(step: PathStep): string {
  if (step === undefined) return '';
  if (typeof step === 'number') return `[${step}]`;
  if (step instanceof PathNote) return step.text;
  return isIdentifier(step) ? `.${step}` : `[${JSON.stringify(step)}]`;
}

function isIdentifier(text: string): boolean {
  // Written here, so that its tables are made for the first path and not at each start.
  return /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(text);
}

/** The step to a value of a Map: `.get("k")` where its key can be written, else its position. */
export function mapValueStep(key: unknown, index: number): PathNote {
  if (typeof key === 'string') return new PathNote(`.get(${JSON.stringify(key)})`);
  if (typeof key === 'number' || typeof key === 'boolean') return new PathNote(`.get(${key})`);
  return new PathNote(`<map value ${index}>`);
}
