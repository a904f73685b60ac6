import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/**
 * Vitest for a test of CommonJS, which cannot `import` at once.
 * @throws Error where this Node.js cannot `require` ES modules
 */
export function requireVitest(): typeof import('vitest') {
  const require = createRequire(import.meta.url);
  if (process.features.require_module !== true)
    throw new Error(
      `Vitest is an ES module, which Node.js ${process.versions.node} cannot require; import mproc-worker/testing, or use Node.js 20.19 or later`,
    );
  const manifest = require.resolve('vitest/package.json');
  return require(join(dirname(manifest), 'dist/index.js'));
}
