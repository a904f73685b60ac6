import type { CodeFile } from '../adapter/index.js';
import type { ClassModel } from '../model/classes.js';
import { unwrap } from '../model/functions.js';
import type { Rule } from '../rule.js';

export const workerNameUnique: Rule = {
  id: 'worker-name-unique',
  severity: 'error',
  clause: 'A job names its worker, so no two workers of a project have one name.',
  fixable: false,
  *check({ code, project }) {
    // A call knows its class; what others serve is found by name alone.
    const severity = code.files.some(findsByName) ? 'error' : 'warning';
    for (const group of byName(project.workers).values()) {
      if (group.length < 2) continue;
      for (const worker of group) {
        const other = group.find((candidate) => candidate !== worker)!;
        const { line } = code.position(other.file, other.at.start);
        const where = `${other.file.path.split('/').at(-1)}:${line}`;
        yield {
          text: 'worker-name-unique.twice',
          values: { name: worker.name!, where },
          at: worker.at,
          severity,
        };
      }
    }
  },
};

function byName(workers: readonly ClassModel[]): Map<string, ClassModel[]> {
  const groups = new Map<string, ClassModel[]>();
  for (const worker of workers) {
    if (worker.name === undefined) continue;
    groups.set(worker.name, [...(groups.get(worker.name) ?? []), worker]);
  }
  return groups;
}

/** `pool.submit(…)` and `pool.work(…)` */
function findsByName(file: CodeFile): boolean {
  if (!/\b(submit|work)\b/.test(file.text)) return false;
  let found = false;
  file.root.walk((node) => {
    const callee = node.kind === 'CallExpression' ? unwrap(node.get('expression')) : undefined;
    if (callee?.kind !== 'PropertyAccessExpression' || !/^(submit|work)$/.test(callee.name ?? '')) return;
    if (callee.get('name')?.symbol?.origin === 'runtime') found = true;
  });
  return found;
}
