import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { SharedMemoryQueue } from 'mproc-worker';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { PoolReport } from '../../../runtime/src/inspect/pool-report.js';
import { type LookedAt, psReport, startLookedAt, whenSeen } from '../cli/looked-at.js';
import { noChromium, openBrowser, type Served, serve } from './served.js';

if (noChromium !== undefined) process.stdout.write(`the page of mproc web is not tested: ${noChromium}\n`);
const PATIENCE_MS = 240_000;
/** The page allows no `eval`, with which `waitForFunction` would look. */
async function until(page: Page, isSo: string): Promise<void> {
  const since = performance.now();
  while (!(await page.evaluate(isSo))) {
    if (performance.now() - since > PATIENCE_MS)
      throw new Error(
        `not so by now: ${isSo}; the page shows ${await page.evaluate('document.body.innerText')}`,
      );
    await sleep(50);
  }
}

const shots = process.env.MPROC_TEST_SHOTS ?? mkdtempSync(join(tmpdir(), 'mproc-shots-'));

describe.skipIf(noChromium !== undefined || process.platform !== 'linux')('the page of mproc web', () => {
  const name = `page-${process.pid}`;
  let browser: Browser;
  let program: LookedAt;
  let served: Served;
  let queue: SharedMemoryQueue;
  /** What the browser has said, and asked for elsewhere. */
  const complaints: string[] = [];

  beforeAll(async () => {
    browser = await openBrowser();
    queue = new SharedMemoryQueue(name);
    const job = (n: number) => ({
      version: 1,
      id: `id.s.Invoice.0.${n}`,
      worker: 'Invoice',
      args: { n },
      putAt: Date.now(),
    });
    await queue.put([1, 2, 3].map(job));
    await queue.nack(await queue.reserve(2), {
      dead: true,
      reason:
        'TypeError: <img src=x onerror=alert(1)> (attempt 2, host web-1, process 7, at 2026-01-01T00:00:00.000Z)',
    });
    program = await startLookedAt({
      options: { processes: 3 },
      first: [{ kind: 'ok' }, { kind: 'fail' }],
      jobs: [
        { kind: 'loop' },
        { kind: 'sleep', ms: 600_000 },
        { kind: 'sleep', ms: 600_000 },
        { kind: 'ok' },
      ],
    });
    served = await serve(String(program.pid), '--allow-control', '--name', name);
  });
  afterAll(async () => {
    await served?.end();
    await browser?.close();
    await program?.[Symbol.asyncDispose]();
    await queue?.destroy();
    if (!process.env.MPROC_TEST_SHOTS) rmSync(shots, { recursive: true, force: true });
  });

  async function open(width = 1280, height = 900, colorScheme: 'light' | 'dark' = 'light'): Promise<Page> {
    const page = await browser.newPage({ viewport: { width, height }, colorScheme });
    page.setDefaultTimeout(PATIENCE_MS);
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('request', (request) => {
      if (!request.url().startsWith(served.url) && !request.url().startsWith('data:'))
        complaints.push(request.url());
    });
    await page.goto(served.url);
    await page.waitForSelector('#process-table tbody tr');
    return page;
  }

  const cellsOf = (page: Page, table: string) =>
    page.$$eval(`#${table} tbody tr`, (rows) =>
      rows.map((row) =>
        [...(row as unknown as { cells: Iterable<{ textContent: string }> }).cells].map((cell) =>
          cell.textContent.trim(),
        ),
      ),
    );

  test('shows what ps does', async () => {
    const areBusy = ({ processes }: PoolReport) =>
      processes.filter(({ jobId }) => jobId !== null).length === 3;
    const [pool] = whenSeen(program, (pools) => pools.every(areBusy));
    expect(pool).toSatisfy(areBusy);
    const page = await open();
    await until(
      page,
      "[...document.querySelectorAll('#process-table tbody tr')].every((row) => row.cells[1].textContent.trim() === 'running')",
    );
    const [shown] = await cellsOf(page, 'pool-table');
    expect(await cellsOf(page, 'pool-table')).toHaveLength(1);
    const figures = [pool!.pid, pool!.processes.length, pool!.waiting].map(String);
    expect([shown![1], shown![2], shown![3]]).toEqual(figures);
    expect([shown![5], shown![6], shown![7]]).toEqual(
      [pool!.delayed, pool!.answered, pool!.failed].map(String),
    );
    expect(shown![0]).toContain('looked-at.program.mjs');
    const rows = await cellsOf(page, 'process-table');
    expect(
      rows.map(([pid, state, name, job, attempt, , jobs]) => [pid, state, name, job, attempt, jobs]),
    ).toEqual(
      pool!.processes.map(({ pid, state, class: name, jobId, attempt, jobs }) =>
        [pid, state, name, jobId, attempt, jobs].map(String),
      ),
    );
    for (const [, , , , , running, , cpu, pss, uss] of rows) {
      expect(running).toMatch(/^\d+(ms|\.\ds|m\d\ds)$/);
      expect(cpu).toMatch(/^\d+\.\d%$/);
      for (const size of [pss, uss]) expect(size).toMatch(/^(\d+\.\dM|-)$/);
    }
    expect(rows.map(([, , , job]) => job).sort()).toEqual(program.jobIds.slice(0, 3).sort());
    await page.close();
  });

  test('draws the jobs that run, and tells of each by keys', async () => {
    const page = await open();
    await until(page, "document.querySelector('#legend').textContent === 'Busy'");
    await page.focus('#stream');
    await page.keyboard.press('ArrowRight');
    await until(
      page,
      "/Busy job .*, attempt 1, process \\d+: .*, runs/.test(document.querySelector('#stream-at').textContent)",
    );
    const isDrawn = await page.evaluate(`(() => {
      const canvas = document.querySelector('#stream');
      const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
      return data.some((value) => value > 0);
    })()`);
    expect(isDrawn).toBe(true);
    await page.close();
  });

  test('shows dead letters with their arguments as text, and puts them back', async () => {
    const page = await open();
    await page.waitForSelector('#queue-table tbody tr');
    const [row] = await cellsOf(page, 'queue-table');
    expect(row!.slice(0, 5)).toEqual([name, '1', '0', '0', '2']);
    await page.getByRole('button', { name: 'Dead letters' }).click();
    await page.waitForSelector('.letter');
    expect(await page.locator('.letter').count()).toBe(2);
    const letter = page.locator('.letter').first();
    expect(await letter.textContent()).toContain('TypeError: <img src=x onerror=alert(1)>');
    expect(await page.locator('#letters img').count()).toBe(0);
    await letter.locator('summary').click();
    await page.waitForSelector('.letter pre');
    expect(await letter.locator('pre').textContent()).toContain('args: { n: 1 }');
    await letter.getByRole('button', { name: 'Requeue' }).click();
    await until(page, "document.querySelectorAll('.letter').length === 1");
    expect(await queue.counts()).toMatchObject({ ready: 2, dead: 1 });
    await page.getByRole('button', { name: 'Remove', exact: true }).click();
    await page.getByRole('button', { name: 'No' }).click();
    expect(await queue.counts()).toMatchObject({ ready: 2, dead: 1 });
    await page.getByRole('button', { name: 'Remove', exact: true }).click();
    await page.getByRole('button', { name: 'Yes' }).click();
    await until(page, "document.querySelectorAll('.letter').length === 0");
    expect(await queue.counts()).toMatchObject({ ready: 2, dead: 0 });
    await page.close();
  });

  test('stops looking while nobody sees it, or it is told to pause', async () => {
    const page = await open();
    const at = () => page.evaluate('document.documentElement.dataset.at') as Promise<string>;
    const goesOn = async () => {
      const before = await at();
      await until(page, `document.documentElement.dataset.at !== '${before}'`);
    };
    await goesOn();
    await page.keyboard.press('p');
    expect(await page.locator('#status').textContent()).toBe('paused');
    const paused = await at();
    await sleep(2_500);
    expect(await at()).toBe(paused);
    await page.keyboard.press('p');
    await goesOn();
    await page.evaluate(`(() => {
      Object.defineProperty(document, 'hidden', { configurable: true, get: () => true });
      document.dispatchEvent(new Event('visibilitychange'));
    })()`);
    expect(await page.locator('#status').textContent()).toBe('hidden');
    await page.close();
  });

  test('tells of attempts, failures and deaths, with last words', async () => {
    const file = join(shots, `die-${process.pid}`);
    await using dying = await startLookedAt({
      options: { processes: 1 },
      jobs: [{ kind: 'die', file }],
      settleMs: 200,
    });
    await using own = await serve(String(dying.pid));
    const page = await browser.newPage();
    page.setDefaultTimeout(PATIENCE_MS);
    await page.goto(own.url);
    await page.getByText('It tells of every attempt.').waitFor();
    const [first] = psReport().pools.find(({ pid }) => pid === dying.pid)!.processes;
    writeFileSync(file, '');
    const death = page.locator('#end-list .death').first();
    await death.waitFor();
    expect(await death.textContent()).toContain(`Process ${first!.pid} has ended`);
    expect(await death.textContent()).toContain('SIGKILL');
    await death.locator('summary', { hasText: 'last words' }).click();
    expect(await death.locator('pre').textContent()).toBe('last words');
    const failure = page.locator('#end-list .failure').first();
    expect(await failure.textContent()).toContain(`Busy crashed${dying.jobIds[0]}attempt 1`);
    await until(
      page,
      "document.querySelector('#class-table').tBodies[0].rows[0]?.cells[3].textContent === '1'",
    );
    await page.close();
  });

  test.each([
    ['wide', 1280, 900, 'light'],
    ['wide', 1280, 900, 'dark'],
    ['narrow', 360, 740, 'light'],
    ['narrow', 360, 740, 'dark'],
  ] as const)('fits %s pages of %i by %i in %s', async (kind, width, height, scheme) => {
    const page = await open(width, height, scheme);
    await until(page, "document.querySelector('#load canvas') !== null");
    const [needed, background] = (await page.evaluate(
      '[document.documentElement.scrollWidth, getComputedStyle(document.body).backgroundColor]',
    )) as [number, string];
    expect(needed).toBeLessThanOrEqual(width);
    const [red = 0] = /\d+/.exec(background)!.map(Number);
    expect(red > 127).toBe(scheme === 'light');
    await page.screenshot({ path: join(shots, `${kind}-${scheme}.png`), fullPage: true });
    await page.close();
  });

  test('has said nothing on the console, and asked for nothing elsewhere', () =>
    expect(complaints).toEqual([]));

  test('is used by keys alone', async () => {
    const page = await open();
    const reached = new Set<string>();
    for (let step = 0; step < 40; step += 1) {
      await page.keyboard.press('Tab');
      reached.add(
        (await page.evaluate(
          "document.activeElement.id || document.activeElement.closest('[id]')?.id || document.activeElement.textContent",
        )) as string,
      );
    }
    for (const part of ['pause', 'pool-table', 'process-table', 'span', 'stream', 'queue-table'])
      expect([...reached]).toContain(part);
    const row = page.locator('#process-table tbody tr', { hasText: program.jobIds[1]! });
    await row.getByRole('button', { name: 'Cancel' }).focus();
    await page.keyboard.press('Enter');
    expect(await page.locator('#ask-text').textContent()).toBe(`Cancel job ${program.jobIds[1]}?`);
    await page.keyboard.press('Escape');
    await row.getByRole('button', { name: 'Cancel' }).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Yes' }).focus();
    await page.keyboard.press('Enter');
    // The one that waited has run, and the program goes on.
    await until(page, `document.querySelector('#pool-table tbody tr').cells[7].textContent === '2'`);
    await page.close();
  });
});
