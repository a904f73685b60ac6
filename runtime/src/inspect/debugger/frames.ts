import { readFileSync } from 'node:fs';
import { SourceMap } from 'node:module';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';

/** A place in code, as the protocol of the debugger tells it: lines and columns from 0. */
export interface CodePlace {
  readonly functionName: string;
  readonly url: string;
  readonly lineNumber: number;
  readonly columnNumber: number;
}

/** Longer maps are not read, in characters: the process waits meanwhile. */
const LONGEST_MAP = 16 * 1024 * 1024;

/** Turns places in the code that a process runs into those of the sources it was made of, as far as source maps tell. */
export class Frames {
  /** URL of a script's source map, by the script's own. */
  readonly #mapUrls = new Map<string, string>();
  readonly #maps = new Map<string, SourceMap | undefined>();
  /** The files of this package, which nobody wants to see; each process has begun with one of them. */
  #runtimeFolder = 'node:';

  /** The process has loaded a script. @param sourceMapUrl empty where it has no map */
  note(url: string, sourceMapUrl: string): void {
    const [, folder] = /^(.*\/)start\.cjs$/.exec(pathOf(url)) ?? [];
    if (folder !== undefined && this.#runtimeFolder === 'node:') this.#runtimeFolder = folder;
    if (sourceMapUrl !== '') this.#mapUrls.set(url, sourceMapUrl);
  }

  /** One line a frame, the innermost first, as `at parse (src/parse.ts:14:9)`. */
  textOf(places: readonly CodePlace[]): string {
    return places.map((place) => this.#lineOf(place)).join('\n');
  }

  /** Without those of Node.js and of this package. */
  ownOf(places: readonly CodePlace[]): CodePlace[] {
    return places.filter(({ url }) => !this.#isOfRuntime(url));
  }

  #isOfRuntime(url: string): boolean {
    return url.startsWith('node:') || pathOf(url).startsWith(this.#runtimeFolder);
  }

  #lineOf(place: CodePlace): string {
    const { url, line, column } = this.#sourceOf(place);
    const name = place.functionName || '<anonymous>';
    return `at ${name} (${shown(url)}:${line}:${column})`;
  }

  /** Lines and columns from 1. */
  #sourceOf({ url, lineNumber, columnNumber }: CodePlace): { url: string; line: number; column: number } {
    const here = { url, line: lineNumber + 1, column: columnNumber + 1 };
    const entry = this.#mapOf(url)?.findEntry(lineNumber, columnNumber);
    if (entry === undefined || !('originalSource' in entry)) return here;
    const source = resolved(entry.originalSource, url);
    return { url: source, line: entry.originalLine + 1, column: entry.originalColumn + 1 };
  }

  #mapOf(url: string): SourceMap | undefined {
    if (!this.#maps.has(url)) this.#maps.set(url, this.#readMap(url));
    return this.#maps.get(url);
  }

  #readMap(url: string): SourceMap | undefined {
    const mapUrl = this.#mapUrls.get(url);
    if (mapUrl === undefined || mapUrl.length > LONGEST_MAP) return undefined;
    try {
      const [, base64, data] = /^data:[^,]*?(;base64)?,(.*)$/s.exec(mapUrl) ?? [];
      const text =
        data === undefined
          ? readFileSync(fileURLToPath(resolved(mapUrl, url)), 'utf8')
          : base64 === undefined
            ? decodeURIComponent(data)
            : Buffer.from(data, 'base64').toString('utf8');
      return new SourceMap(JSON.parse(text));
    } catch {
      // The places of what runs are better than none.
      return undefined;
    }
  }
}

function resolved(reference: string, from: string): string {
  const base = from.startsWith('/') ? `file://${from}` : from;
  return URL.canParse(reference, base) ? new URL(reference, base).href : reference;
}

/** Code may call itself by any URL. */
function pathOf(url: string): string {
  try {
    return url.startsWith('file:') ? fileURLToPath(url) : url;
  } catch {
    return url;
  }
}

/** From the folder that this program runs in, where it lies below that. */
function shown(url: string): string {
  const path = pathOf(url);
  const inside = relative(process.cwd(), path);
  return path.startsWith('/') && !inside.startsWith('..') && inside !== '' ? inside : path;
}
