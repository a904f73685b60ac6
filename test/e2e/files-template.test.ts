import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CHECKOUT, cleanEnvironment } from './command.js';
import { GeneratedProject } from './generated-project.js';
import { processesIn } from './leftovers.js';

const SLOW_MS = 600_000;

describe('the files template', () => {
  let project: GeneratedProject;
  beforeAll(async () => {
    project = await GeneratedProject.createLinked(['--template', 'files']);
    mkdirSync(project.path('texts/deep'), { recursive: true });
    writeFileSync(project.path('texts/one.md'), 'apple apple pear');
    writeFileSync(project.path('texts/deep/two.txt'), 'apple');
    writeFileSync(project.path('texts/deep/picture.txt'), 'apple\0');
  }, SLOW_MS);
  afterAll(() => project?.remove());

  test(
    'counts the folders it is given and says what it left out',
    async () => {
      const { stdout, code } = await project.npm('start', '--silent', '--', 'texts');
      expect(code).toBe(0);
      expect(stdout).toMatch(/^ {2}md +1 +3$/m);
      expect(stdout).toMatch(/^ {2}apple +3$/m);
      expect(stdout).toMatch(/^4 words in 2 files \(0\.0 MB\), 1 skipped: /m);
    },
    SLOW_MS,
  );

  test(
    'says in one line what is wrong with a folder that is not there',
    async () => {
      const { stdout, stderr, code } = await project.npm('start', '--silent', '--', 'nowhere');
      expect(code).toBe(2);
      expect(stdout).toBe('');
      expect(stderr.trim()).toMatch(/^nowhere is no folder that can be read.*$/);
    },
    SLOW_MS,
  );

  test(
    'reports what was counted when it is interrupted once',
    async () => {
      const run = start(project);
      await run.counting;
      process.kill(-run.pid, 'SIGINT');
      const { code, stdout, stderr } = await run.ended;
      expect(stderr).toContain('press Ctrl-C again');
      expect(stdout).toMatch(/words in [\d,]+ files .*stopped before the end/);
      expect(code, stderr).toBe(0);
      expect(processesIn(project.folder)).toEqual([]);
    },
    SLOW_MS,
  );

  test(
    'ends at once when it is interrupted twice, and leaves nothing behind',
    async () => {
      const run = start(project);
      await run.counting;
      process.kill(-run.pid, 'SIGINT');
      await run.asked;
      process.kill(-run.pid, 'SIGINT');
      await run.ended;
      expect(processesIn(project.folder)).toEqual([]);
    },
    SLOW_MS,
  );
});

interface Run {
  readonly pid: number;
  /** Some jobs are done, others are not. */
  readonly counting: Promise<void>;
  /** The first signal has been heard. */
  readonly asked: Promise<void>;
  readonly ended: Promise<{ code: number | null; stdout: string; stderr: string }>;
}

/** Counts all of this repository's dependencies, in a process group as a terminal makes one. */
function start(project: GeneratedProject): Run {
  const child = spawn(process.execPath, ['--import', 'tsx', 'src/main.ts', `${CHECKOUT}node_modules`], {
    cwd: project.folder,
    env: cleanEnvironment(),
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const texts = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const)
    child[stream].setEncoding('utf8').on('data', (text: string) => {
      texts[stream] += text;
    });
  const ended = once(child, 'close').then(([code]) => ({ code: code as number | null, ...texts }));
  return {
    pid: child.pid ?? 0,
    counting: seen(child, () => / %/.test(texts.stderr)),
    asked: seen(child, () => texts.stderr.includes('Ctrl-C')),
    ended,
  };
}

/** Resolves when the condition holds after something was printed, or when the process has ended. */
function seen(child: ChildProcess, condition: () => boolean): Promise<void> {
  return new Promise((resolve) => {
    const look = () => condition() && resolve();
    child.stderr?.on('data', look);
    child.once('close', () => resolve());
  });
}
