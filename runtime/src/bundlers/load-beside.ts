import Module from 'node:module';

/** What Node.js, or a bundler in its place, throws where a file does not lie beside this package's own code. */
const LEFT_BEHIND = /^(MODULE_NOT_FOUND|ERR_INVALID_ARG_(VALUE|TYPE))$/;

/**
 * Loads a file of this package that lies beside the one that asks.
 * @param here URL or path of who asks; a function, as a bundler may have left nothing of it
 * @throws Error `ERR_BUNDLED`, not of the classes of errors, which are in one of those files
 */
export function loadBeside(here: () => string, file: string): unknown {
  try {
    // As a member: webpack leaves nothing of the function that is imported by its name.
    return Module.createRequire(here())(file);
  } catch (error) {
    throw isLeftBehind(error, file) ? bundledRuntimeError(error) : error;
  }
}

function isLeftBehind(error: unknown, file: string): boolean {
  const { code = '', message = '' } = (error ?? {}) as { code?: string; message?: string };
  if (error instanceof ReferenceError) return /__filename/.test(message);
  return LEFT_BEHIND.test(code) && (code !== 'MODULE_NOT_FOUND' || message.includes(file));
}

function bundledRuntimeError(cause: unknown): Error {
  const message =
    'mproc-worker was bundled into the program without the files that its processes start from; keep it external: ' +
    "`external: ['mproc-worker']` for esbuild and rollup, `ssr.external` for Vite, `externals` for webpack, `serverExternalPackages` for Next.js, `dependencies` in package.json for tsdown";
  return Object.assign(new Error(message, { cause }), { code: 'ERR_BUNDLED' });
}
