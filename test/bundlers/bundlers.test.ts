import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { type BuildOptions, build as esbuild, transform } from 'esbuild';
import { type RollupOptions, rollup } from 'rollup';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import webpack, { type Configuration } from 'webpack';

const run = promisify(execFile);
const PAGE = readFileSync(new URL('../../docs/bundlers.md', import.meta.url), 'utf8');
const WORKS = 'main runs 2\n[5,6]\n';
/** What is found where the file of the class runs the program, too; no process has run it a second time. */
const CONTAINS_THE_PROGRAM =
  /^main runs 2\nERR_WORKER_MODULE: the module of class \w+ contains the program .*entry.*splitting.*\n$/;
const folder = mkdtempSync(join(tmpdir(), 'mproc-bundlers-'));

beforeAll(() => {
  cpSync(fileURLToPath(new URL('./program', import.meta.url)), folder, { recursive: true });
  symlinkSync(
    fileURLToPath(new URL('../../node_modules', import.meta.url)),
    join(folder, 'node_modules'),
    'dir',
  );
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ type: 'module' }));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** A configuration as the page has it, in the folder of the program. */
async function fromPage(file: string): Promise<string> {
  const block = PAGE.split('```js\n').find((text) => text.startsWith(`// ${file}\n`));
  const path = join(folder, file);
  writeFileSync(path, block!.split('```')[0]!);
  return path;
}

async function configuration<Options>(file: string): Promise<Options> {
  return (await import(pathToFileURL(await fromPage(file)).href)).default as Options;
}

/** What the program prints once it is built; an error that it does not catch is its last line. */
async function runBuilt(outdir: string): Promise<string> {
  // Children are given what the program has: nothing of the sources may be needed.
  const built = join(folder, 'elsewhere', outdir);
  mkdirSync(join(folder, 'elsewhere'), { recursive: true });
  cpSync(join(folder, outdir), built, { recursive: true });
  try {
    return (await run(process.execPath, [join(built, 'main.js')])).stdout;
  } catch (error) {
    return /^\w*Error: .*$/m.exec((error as { stderr: string }).stderr)?.[0] ?? String(error);
  }
}

describe('esbuild', () => {
  const ENTRIES = ['src/main.js', 'src/numbers.worker.js'];
  async function built(outdir: string, options: BuildOptions): Promise<string> {
    await esbuild({
      absWorkingDir: folder,
      entryPoints: ENTRIES,
      outdir,
      bundle: true,
      format: 'esm',
      platform: 'node',
      packages: 'external',
      ...options,
    });
    return runBuilt(outdir);
  }

  test('as the page configures it', async () => {
    await run(process.execPath, [await fromPage('build.js')], { cwd: folder });
    expect(await runBuilt('dist')).toBe(WORKS);
  });

  test('minified, where classes and exports of the shared file have other names', async () => {
    expect(await built('minified', { splitting: true, minify: true })).toBe(WORKS);
    expect(
      await built('minified-names', { splitting: true, minifyIdentifiers: true, chunkNames: 'm-[hash]' }),
    ).toBe(WORKS);
  });

  test('one file of all is refused, as the running program', async () => {
    const refused = /^main runs 2\nERR_WORKER_MODULE: .*is the running program.*entry.*splitting/;
    expect(await built('one', { entryPoints: ['src/main.js'] })).toMatch(refused);
    expect(await built('no-splitting', { minify: true })).toMatch(refused);
  });

  test('one file of all that another starts is refused, as it exports nothing', async () => {
    const options: BuildOptions = { entryPoints: { program: 'src/main.js' } };
    await built('started', options).catch(() => {});
    writeFileSync(join(folder, 'started', 'main.js'), "import './program.js';\n");
    expect(await runBuilt('started')).toMatch(/^main runs 2\nERR_WORKER_MODULE: .*exports nothing.*entry/);
  });

  test.each([false, true])(
    'one file of all that exports its classes is refused in the parent (minified: %s)',
    async (minify) => {
      const outdir = `exporting-${minify}`;
      writeFileSync(
        join(folder, 'src/all.js'),
        "export * from './numbers.worker.js';\nimport './main.js';\n",
      );
      await built(outdir, { entryPoints: { program: 'src/all.js' }, minify }).catch(() => {});
      writeFileSync(join(folder, outdir, 'main.js'), "import './program.js';\n");
      expect(await runBuilt(outdir)).toMatch(CONTAINS_THE_PROGRAM);
    },
  );

  test('CommonJS is refused, as import.meta.url is empty', async () => {
    const options: BuildOptions = {
      entryPoints: ['src/numbers.worker.js'],
      format: 'cjs',
      outExtension: { '.js': '.cjs' },
      logLevel: 'silent',
    };
    await built('commonjs', options);
    writeFileSync(
      join(folder, 'commonjs', 'main.js'),
      `import { ProcessPool } from 'mproc-worker'; import worker from './numbers.worker.cjs';
       const pool = new ProcessPool({ processes: 1 });
       await pool.run(new worker.Sums(), []).catch(({ code, message }) => console.log(code, message));
       await pool.close();`,
    );
    expect(await runBuilt('commonjs')).toMatch(/^ERR_WORKER_MODULE .*import\.meta\.url is empty.*esm/);
  });

  test.each([
    ['esm', '.js'],
    ['cjs', '.cjs'],
  ] as const)('the package bundled into the program (%s) says to keep it external', async (format, end) => {
    const outdir = `inside-${format}`;
    const options: BuildOptions = {
      packages: 'bundle',
      splitting: false,
      format,
      outExtension: { '.js': end },
    };
    const source = join(folder, `src/small-${format}.js`);
    writeFileSync(source, "import { ProcessPool } from 'mproc-worker'; console.log(typeof ProcessPool);\n");
    await built(outdir, { ...options, entryPoints: [source], logLevel: 'silent' });
    writeFileSync(join(folder, outdir, 'main.js'), `import './small-${format}${end}';\n`);
    expect(await runBuilt(outdir)).toMatch(/mproc-worker was bundled.*external/);
  });
});

describe('Rollup', () => {
  async function built(outdir: string, options: RollupOptions, minify: boolean): Promise<string> {
    const bundle = await rollup({
      ...options,
      input: [options.input as string[]].flat().map((file) => join(folder, file)),
    });
    await bundle.write({
      ...options.output,
      dir: join(folder, outdir),
      format: 'es',
      plugins: minify ? [{ name: 'minify', renderChunk: (code) => transform(code, { minify }) }] : [],
    });
    return runBuilt(outdir);
  }

  test('as the page configures it, minified or not', async () => {
    const options = await configuration<RollupOptions>('rollup.config.js');
    expect(await built('rollup', options, false)).toBe(WORKS);
    expect(await built('rollup-minified', options, true)).toBe(WORKS);
  });

  test('one file of all is refused', async () => {
    const options = await configuration<RollupOptions>('rollup.config.js');
    expect(await built('rollup-one', { ...options, input: ['src/main.js'] }, true)).toMatch(
      /ERR_WORKER_MODULE: .*running program/,
    );
  });

  test.each([false, true])(
    'a chunk that all is forced into is refused in the parent (minified: %s)',
    async (minify) => {
      const { output, ...options } = await configuration<RollupOptions>('rollup.config.js');
      const manualChunks = () => 'all';
      const forced = { ...options, output: { ...output, manualChunks } };
      expect(await built(`rollup-forced-${minify}`, forced, minify)).toMatch(CONTAINS_THE_PROGRAM);
    },
  );
});

describe('Vite', () => {
  test.each([true, false])('as the page configures it, for SSR (minified: %s)', async (minify) => {
    await fromPage('vite.config.js');
    const { build } = await import('vite');
    const outDir = `vite-${minify}`;
    await build({ root: folder, logLevel: 'error', build: { minify, outDir } });
    expect(await runBuilt(outDir)).toBe(WORKS);
  });

  test.each([true, false])(
    'a chunk that all is forced into is refused in the parent (minified: %s)',
    async (minify) => {
      await fromPage('vite.config.js');
      const { build } = await import('vite');
      const outDir = `vite-forced-${minify}`;
      const output = { codeSplitting: { groups: [{ name: 'all' }] } };
      await build({
        root: folder,
        logLevel: 'error',
        build: { minify, outDir, rolldownOptions: { output } },
      });
      expect(await runBuilt(outDir)).toMatch(CONTAINS_THE_PROGRAM);
    },
  );
});

describe('webpack', () => {
  async function built(name: string, change: Configuration): Promise<string> {
    const options = await configuration<Configuration>('webpack.config.js');
    const output = { ...options.output, path: join(folder, name) };
    await new Promise<void>((resolve, reject) => {
      webpack({ context: folder, ...options, output, ...change }, (error, stats) => {
        if (error || stats?.hasErrors()) reject(error ?? new Error(stats?.toString()));
        else resolve();
      });
    });
    return runBuilt(name);
  }

  test('as the page configures it, and in development', async () => {
    expect(await built('webpack', {})).toBe(WORKS);
    expect(await built('webpack-development', { mode: 'development', devtool: false })).toBe(WORKS);
  });

  test.each(['production', 'development'] as const)(
    'one file of all that exports its classes is refused in the parent (%s)',
    async (mode) => {
      writeFileSync(
        join(folder, 'src/all.js'),
        "export * from './numbers.worker.js';\nimport './main.js';\n",
      );
      const name = `webpack-${mode}-one`;
      await built(name, { mode, devtool: false, entry: { program: './src/all.js' } }).catch(() => {});
      writeFileSync(join(folder, name, 'main.js'), "import './program.js';\n");
      expect(await runBuilt(name)).toMatch(CONTAINS_THE_PROGRAM);
    },
  );

  test('a module that is the source is refused, where the minifier has renamed the class', async () => {
    const refused = /ERR_WORKER_MODULE: .*renamed by a minifier.*importMeta: false/;
    expect(await built('webpack-source', { module: {} })).toMatch(refused);
  });

  test('the package bundled into the program says to keep it external', async () => {
    expect(await built('webpack-inside', { externals: [] })).toMatch(/mproc-worker was bundled.*external/);
  });
});
