import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../free-port.js';
import { CHECKOUT, type Finished, run, withCertificates } from './command.js';
import { temporaryFolder } from './generated-project.js';

const STARTS_WITHIN_MS = 240_000;

/** A registry of this test's own: our two packages lie in it, all others come from npm's registry through it. */
export class Registry {
  private constructor(
    readonly url: string,
    readonly folder: string,
    private readonly server: ChildProcess,
  ) {}

  static async start(): Promise<Registry> {
    const folder = temporaryFolder();
    const port = await freePort();
    const upstream = (await run('npm', ['config', 'get', 'registry'], folder)).stdout.trim();
    const everybody = { access: '$all', publish: '$all' };
    const config = {
      storage: join(folder, 'storage'),
      // Two answers that fail would have it say 404 for five minutes.
      uplinks: { npm: { url: upstream, maxage: '60m', timeout: '60s', max_fails: 100, fail_timeout: '1s' } },
      packages: {
        'mproc-worker': everybody,
        'create-mproc-worker': everybody,
        '**': { ...everybody, proxy: 'npm' },
      },
      log: { type: 'stdout', format: 'json', level: 'error' },
    };
    mkdirSync(config.storage);
    // JSON is YAML.
    writeFileSync(join(folder, 'config.yaml'), JSON.stringify(config));
    const require = createRequire(import.meta.url);
    const program = join(require.resolve('verdaccio/package.json'), '..', 'bin', 'verdaccio');
    const server = spawn(
      process.execPath,
      [program, '--config', join(folder, 'config.yaml'), '--listen', `127.0.0.1:${port}`],
      { stdio: ['ignore', 'ignore', 'inherit'], env: { ...process.env, ...withCertificates() } },
    );
    const registry = new Registry(`http://127.0.0.1:${port}/`, folder, server);
    await registry.#untilAnswering();
    writeFileSync(
      join(folder, 'npmrc'),
      `registry=${registry.url}\n//127.0.0.1:${port}/:_authToken=anybody\naudit=false\nfund=false\nupdate-notifier=false\n`,
    );
    return registry;
  }

  async #untilAnswering(): Promise<void> {
    const until = Date.now() + STARTS_WITHIN_MS;
    while (Date.now() < until) {
      if (this.server.exitCode !== null) break;
      const answer = await fetch(`${this.url}-/ping`).catch(() => undefined);
      if (answer?.ok) return;
      await sleep(200);
    }
    throw new Error('the registry did not start');
  }

  /** An npm that knows this registry and nothing of its caller's settings. */
  get environment(): NodeJS.ProcessEnv {
    return {
      npm_config_userconfig: join(this.folder, 'npmrc'),
      npm_config_cache: join(this.folder, 'cache'),
    };
  }

  npm(args: readonly string[], cwd: string): Promise<Finished> {
    return run('npm', args, cwd, this.environment);
  }

  /** Publishes the package of a folder of this repository, as it is built. */
  async publish(packageFolder: string): Promise<void> {
    const published = await this.npm(
      ['publish', '--ignore-scripts', '--tag', 'latest'],
      join(CHECKOUT, packageFolder),
    );
    if (published.code !== 0) throw new Error(`npm publish failed: ${published.output}`);
  }

  async stop(): Promise<void> {
    const gone = new Promise((resolve) => this.server.once('exit', resolve));
    this.server.kill('SIGTERM');
    await gone;
    rmSync(this.folder, { recursive: true, force: true });
  }
}
