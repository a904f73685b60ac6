import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { exportedClasses } from '../../../generator/project/classes.js';
import { emptyFolder } from '../place/place.js';

test('a class is found once, where links lead to its folder or around in a circle', () => {
  const root = emptyFolder();
  mkdirSync(join(root, 'src/workers'), { recursive: true });
  writeFileSync(join(root, 'src/workers/sums.worker.ts'), 'export class Sums extends Worker {}\n');
  writeFileSync(join(root, 'src/workers/sums.worker.test.ts'), 'export class Fake extends Worker {}\n');
  symlinkSync(join(root, 'src'), join(root, 'src/workers/around'));
  symlinkSync(join(root, 'src/workers'), join(root, 'src/again'));
  symlinkSync(join(root, 'src/workers/sums.worker.ts'), join(root, 'src/linked.worker.ts'));
  expect(exportedClasses(root, 'Worker')).toEqual([{ name: 'Sums', path: 'src/workers/sums.worker.ts' }]);
});

test('a project without sources has no classes', () => {
  expect(exportedClasses(emptyFolder())).toEqual([]);
});
