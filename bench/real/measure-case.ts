import { readFileSync } from 'node:fs';
import { mustBe } from '../measure/result.js';
import { warmUp } from '../measure/throughput.js';
import type { ModuleJob } from '../peers/peer.js';
import { CASES, moduleOf, type RealCase } from './cases.js';
import { expectedPath, fingerprint } from './expected.js';
import type { Share } from './material.js';
import { SUBJECTS } from './subjects.js';

const PROCESSES = 2;
/** Where a thread gives its results away. */
const MOVED = new URL('./moved.mjs', import.meta.url).href;

/** Jobs a second of a pool that is made for it, warmed up, and closed again. @throws where an answer is wrong */
export async function measureCase(
  caseName: string,
  subjectName: string,
  count: number,
  folder: string,
): Promise<number> {
  const work = CASES[caseName];
  const subject = SUBJECTS[subjectName];
  if (work === undefined || subject === undefined)
    throw new Error(`there is no ${caseName} by ${subjectName}`);
  const { transfers = false, share = refuseToShare } = subject;
  const peer = await subject.load();
  const inputs = work.inputs(count, folder, share);
  const given = (): unknown[] => (transfers ? inputs.map((bytes) => structuredClone(bytes)) : inputs);
  const pool = peer.open({ processes: PROCESSES, job: jobOf(work, transfers) });
  try {
    await warmUp(() => pool.map(given()));
    const measured = given();
    const began = performance.now();
    const answers = await pool.map(measured);
    const seconds = (performance.now() - began) / 1000;
    check(`${caseName} by ${peer.name}`, answers.map(pool.valueOf), expectedPath(folder, caseName));
    return count / seconds;
  } finally {
    await pool.close();
  }
}

function jobOf(work: RealCase, transfers: boolean): ModuleJob {
  return {
    module: transfers ? MOVED : moduleOf(work),
    name: work.job,
    hasBytes: work.values === 'bytes',
  };
}

function check(what: string, answers: readonly unknown[], path: string): void {
  const expected = JSON.parse(readFileSync(path, 'utf8')) as string[];
  mustBe(`${what}: number of answers`, answers.length, expected.length);
  for (const [at, answer] of answers.entries())
    mustBe(`${what}: answer ${at}`, fingerprint(answer), expected[at]);
}

const refuseToShare: Share = () => {
  throw new Error('there is no memory that is shared with these processes');
};
