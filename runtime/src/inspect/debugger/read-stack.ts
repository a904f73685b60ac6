import { inTime } from '../../clock/in-time.js';
import { type CodePlace, Frames } from './frames.js';
import { inItsTime } from './in-its-time.js';
import type { DebuggerSession } from './session.js';

interface Paused {
  readonly callFrames: readonly {
    readonly functionName: string;
    readonly location: {
      readonly scriptId: string;
      readonly lineNumber: number;
      readonly columnNumber: number;
    };
  }[];
}

/**
 * Where a process is: its stack as text, empty where it runs no JavaScript but waits for something. Frames of Node.js and of
 * this package are left out where there are others.
 * @param pauseMs how long it may take to stop at a line after it has heard that it is to; else it runs none
 * @param patientWith its pid, if time in which it waits for a processor does not count
 * @param onlyOwn empty, too, where all frames are of Node.js and of this package: it is between two waits
 */
export async function readStack(
  session: DebuggerSession,
  pauseMs: number,
  { patientWith, onlyOwn = false }: { readonly patientWith?: number; readonly onlyOwn?: boolean },
): Promise<string> {
  const frames = new Frames();
  const urls = new Map<string, string>();
  session.on('Debugger.scriptParsed', ({ scriptId, url, sourceMapURL }) => {
    urls.set(String(scriptId), String(url));
    frames.note(String(url), String(sourceMapURL ?? ''));
  });
  const paused = new Promise<CodePlace[]>((resolve) => {
    session.on('Debugger.paused', (params) => resolve(placesOf(params as unknown as Paused, urls)));
  });
  void session.ask('Debugger.enable');
  await session.ask('Debugger.pause');
  const places = await (patientWith === undefined
    ? inTime(paused, pauseMs, none)
    : inItsTime(patientWith, paused, pauseMs, none)
  ).catch(() => []);
  void session.ask('Debugger.disable');
  const own = frames.ownOf(places);
  return frames.textOf(own.length > 0 || onlyOwn ? own : places);
}

/** It runs no JavaScript, and so stops at no line. */
const none = () => new Error('no line');

function placesOf({ callFrames }: Paused, urls: ReadonlyMap<string, string>): CodePlace[] {
  return callFrames.map(({ functionName, location }) => {
    const { scriptId, lineNumber, columnNumber } = location;
    return { functionName, url: urls.get(scriptId) ?? '', lineNumber, columnNumber };
  });
}
