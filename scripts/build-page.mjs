// JavaScript: a step of the build, which `npm ci` runs before anything else is there.
// Builds the page of `mproc web`: one file of HTML with its script and its style in it.
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './bundle.mjs';

const SOURCES = join(root, 'runtime/src/web/page');
const NAME = 'web-page';

/** Options of the bundle whose files are put together by `inlinePage`. */
export const PAGE = {
  entryPoints: { [NAME]: join(SOURCES, 'main.js') },
  platform: 'browser',
  format: 'iife',
  target: 'es2022',
  splitting: false,
  sourcemap: false,
  minify: true,
  charset: 'utf8',
  legalComments: 'none',
};

/** Puts them together, and removes them. */
export function inlinePage(outdir) {
  const html = readFileSync(join(SOURCES, 'page.html'), 'utf8');
  const parts = { style: `${NAME}.css`, script: `${NAME}.js` };
  const page = Object.entries(parts).reduce((text, [tag, file]) => {
    const path = join(outdir, file);
    const contents = readFileSync(path, 'utf8').trim();
    rmSync(path);
    // A function, as `$` has a meaning in a text.
    return text.replace(`<${tag}></${tag}>`, () => `<${tag}>${contents}</${tag}>`);
  }, html);
  writeFileSync(join(outdir, 'web.html'), page);
}
