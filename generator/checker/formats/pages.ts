const FOLDER = 'https://github.com/create-mproc-worker/create-mproc-worker/blob/main/docs/rules/';

/** The page of a rule; what the compiler says has none here. */
export function pageOf(rule: string): string | undefined {
  return rule === 'typescript' ? undefined : `${FOLDER}${rule}.md`;
}
