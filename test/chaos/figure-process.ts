import { spawn } from 'node:child_process';
import { buildProgram } from '../../scripts/built-program.js';
import type { Figure, FigureResult, SizeName, WantedSize } from './figure.js';

/** Figures that are programs of their own, with flags of their own. */
const PROGRAMS: Readonly<Record<string, Readonly<Record<SizeName, readonly string[]>>>> = {
  // It is the generator's.
  g12: { full: [], reduced: ['--sample', '40'], smoke: ['--sample', '5'] },
};

/**
 * Measures a figure in a process of its own.
 * @param wanted in place of what its size says
 * @throws where it says nothing that can be read
 */
export async function runFigure(
  name: string,
  size: SizeName,
  wanted: WantedSize = {},
  env: NodeJS.ProcessEnv = process.env,
): Promise<FigureResult> {
  const flags = PROGRAMS[name]?.[size] ?? [JSON.stringify({ size, wanted })];
  const child = spawn(process.execPath, [await programOf(name), ...flags], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env,
  });
  let text = '';
  child.stdout.on('data', (chunk) => {
    text += chunk;
  });
  const code = await new Promise((resolve) => child.on('close', resolve));
  try {
    return JSON.parse(text.trim().split('\n').at(-1)!) as FigureResult;
  } catch {
    throw new Error(`ended with ${code} and said: ${text.slice(-300)}`);
  }
}

function programOf(name: string): Promise<string> {
  if (name in PROGRAMS) return buildProgram(new URL(`${name}.ts`, import.meta.url));
  const text = `import * as figure from './figures/${name}.js';
import { tellFigure } from './figure-process.js';
await tellFigure('${name}', figure);
`;
  return buildProgram({ text, folder: new URL('./', import.meta.url) });
}

/** That process: its argument says the size, its last line is what it has found. */
export async function tellFigure<Size extends object>(name: string, figure: Figure<Size>): Promise<never> {
  const { size, wanted } = JSON.parse(process.argv[2] ?? '') as { size: SizeName; wanted: WantedSize };
  const { goal } = figure;
  const result: FigureResult = { name, goal, ...(await figure.run({ ...figure.sizes[size], ...wanted })) };
  process.stdout.write(`${JSON.stringify(result)}\n`, () => {
    // What a figure has left running must not keep this process.
    process.exit();
  });
  return new Promise<never>(() => {});
}
