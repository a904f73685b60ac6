import { existsSync, readFileSync } from 'node:fs';
import { SourceMap } from 'node:module';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';

const maps = new Map();

/** Self time of each function of one profile, by the source file that it was written in. */
export function loadProfile(path) {
  const { nodes, samples, timeDeltas } = JSON.parse(readFileSync(path, 'utf8'));
  const selfUs = new Map();
  samples.forEach((id, at) => {
    selfUs.set(id, (selfUs.get(id) ?? 0) + timeDeltas[at]);
  });
  const calls = nodes.map(({ id, callFrame }) => ({
    name: callFrame.functionName || '(anonymous)',
    file: sourceOf(callFrame),
    selfUs: selfUs.get(id) ?? 0,
  }));
  // What both run on is one file; the rest of the library is loaded by the parent alone.
  const isParent = nodes.some(({ callFrame }) => callFrame.url.endsWith('/dist/index.js'));
  return { side: isParent ? 'parent' : 'children', calls };
}

function sourceOf({ url, lineNumber, columnNumber }) {
  if (!url.startsWith('file:')) return url || 'V8';
  const map = mapOf(fileURLToPath(url));
  const source = map?.findEntry(lineNumber, columnNumber).originalSource;
  return source === undefined ? basename(url) : source.replace(/^.*\/src\//, '');
}

function mapOf(file) {
  if (!maps.has(file)) {
    const path = `${file}.map`;
    maps.set(file, existsSync(path) ? new SourceMap(JSON.parse(readFileSync(path, 'utf8'))) : undefined);
  }
  return maps.get(file);
}
