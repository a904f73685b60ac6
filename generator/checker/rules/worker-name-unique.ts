import type { Rule } from '../rule.js';

export const workerNameUnique: Rule = {
  id: 'worker-name-unique',
  severity: 'error',
  clause: 'A job names its worker, so no two workers of a project have one name.',
  fixable: false,
  *check({ code, module, whole }) {
    for (const { name, at, file } of module.workers) {
      if (name === undefined) continue;
      const { line } = code.position(file, at.start);
      const other = whole.workersNamed(name).find((each) => each.path !== file.path || each.line !== line);
      if (!other) continue;
      // A call knows its class; what others serve is found by name alone.
      const severity = whole.findsByName() ? 'error' : 'warning';
      const where = `${other.path.split('/').at(-1)}:${other.line}`;
      yield { text: 'worker-name-unique.twice', values: { name, where }, at, severity };
    }
  },
};
