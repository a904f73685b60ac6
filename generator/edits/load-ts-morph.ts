import { createRequire } from 'node:module';
import { join } from 'node:path';
import type * as tsMorph from 'ts-morph';
import { WorkError } from '../output/failure.js';
import { ownPackage } from '../project/own-package.js';

export type TsMorph = typeof tsMorph;

/** Takes ts-morph from the project, else from beside this package. It is too large to be bundled. */
export function loadTsMorph(root: string): TsMorph {
  for (const from of [root, ownPackage().root]) {
    try {
      return createRequire(join(from, 'package.json'))('ts-morph') as TsMorph;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'MODULE_NOT_FOUND') throw error;
    }
  }
  throw new WorkError(
    'ERR_TS_MORPH',
    `editing TypeScript needs ts-morph, and ${root} does not have it: install the project's dependencies (npm install) and run this again`,
  );
}
