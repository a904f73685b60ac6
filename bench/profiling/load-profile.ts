import { existsSync, readFileSync } from 'node:fs';
import { SourceMap } from 'node:module';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';

export const SIDES = ['parent', 'children'] as const;
export type Side = (typeof SIDES)[number];

/** A function, and the time that was spent in itself. */
export interface Call {
  readonly name: string;
  readonly file: string;
  readonly selfUs: number;
}

export interface Profile {
  readonly side: Side;
  readonly calls: readonly Call[];
}

interface CallFrame {
  readonly functionName: string;
  readonly url: string;
  readonly lineNumber: number;
  readonly columnNumber: number;
}
/** What Node.js writes with `--cpu-prof`. */
interface CpuProfile {
  readonly nodes: readonly { readonly id: number; readonly callFrame: CallFrame }[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

const maps = new Map<string, SourceMap | undefined>();

/** Self time of each function of one profile, by the source file that it was written in. */
export function loadProfile(path: string): Profile {
  const { nodes, samples, timeDeltas } = JSON.parse(readFileSync(path, 'utf8')) as CpuProfile;
  const selfUs = new Map<number, number>();
  samples.forEach((id, at) => {
    selfUs.set(id, (selfUs.get(id) ?? 0) + timeDeltas[at]!);
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

function sourceOf({ url, lineNumber, columnNumber }: CallFrame): string {
  if (!url.startsWith('file:')) return url || 'V8';
  const map = mapOf(fileURLToPath(url));
  const entry = map?.findEntry(lineNumber, columnNumber);
  const source = entry !== undefined && 'originalSource' in entry ? entry.originalSource : undefined;
  return source === undefined ? basename(url) : source.replace(/^.*\/src\//, '');
}

function mapOf(file: string): SourceMap | undefined {
  if (!maps.has(file)) {
    const path = `${file}.map`;
    maps.set(file, existsSync(path) ? new SourceMap(JSON.parse(readFileSync(path, 'utf8'))) : undefined);
  }
  return maps.get(file);
}
