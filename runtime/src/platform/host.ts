import { MprocError } from '../errors/errors.js';

type Flavours = { readonly bun?: string; readonly deno?: string };

/**
 * Others that run JavaScript have most of Node.js's functions, but not its memory: a segment that is mapped by the C library
 * stays a copy there, and jobs would be lost.
 * @throws MprocError `ERR_PLATFORM` where this is no Node.js on Linux or macOS
 */
export function mustBeSupported(): void {
  const { bun, deno } = process.versions as Flavours;
  const other = bun === undefined ? deno && `Deno ${deno}` : `Bun ${bun}`;
  if (other !== undefined)
    throw new MprocError(
      'ERR_PLATFORM',
      `mproc-worker runs on Node.js; this is ${other}. Start the program with \`node\`, on Node.js 22.18 or later in TypeScript too`,
    );
  const { platform } = process;
  if (platform === 'linux' || platform === 'darwin') return;
  const wayOut = platform === 'win32' ? '. Run the program in WSL, the Linux that Windows comes with' : '';
  throw new MprocError('ERR_PLATFORM', `mproc-worker runs on Linux and macOS; this is ${platform}${wayOut}`);
}
