/** What the page knows of a pool; all of it is bounded. */

const MOST_POINTS = 600;
const MOST_SPANS = 3_000;
const KINDS = ['ok', 'error', 'crash', 'timeout'];

const lastOf = (list, most) => (list.length > 2 * most ? list.slice(-most) : list);

export class PoolData {
  points = [];
  spans = [];
  classes = new Map();
  /** What each process was seen to run, where the pool does not tell. */
  #seen = new Map();

  addHistory({ points, spans, classes }) {
    this.points = points;
    this.spans = spans;
    this.classes.clear();
    this.#count(classes);
  }

  addPoint(point) {
    if (point === undefined || this.points.at(-1)?.[0] === point[0]) return;
    this.points.push(point);
    this.points = lastOf(this.points, MOST_POINTS);
  }

  addPiece({ spans, classes }) {
    this.spans.push(...spans);
    this.spans = lastOf(this.spans, MOST_SPANS);
    this.#count(classes);
  }

  #count(classes) {
    for (const [name, counted] of Object.entries(classes)) {
      const sum = this.classes.get(name);
      if (sum === undefined) {
        this.classes.set(name, structuredClone(counted));
        continue;
      }
      for (const kind of KINDS) sum[kind] += counted[kind];
      for (const bars of ['waitBars', 'runBars'])
        counted[bars].forEach((value, at) => {
          sum[bars][at] += value;
        });
    }
  }

  /** Jobs that are seen at one look and not at the next have ended in between. */
  addSeen({ processes }, at) {
    for (const { pid, jobId, class: name, attempt, runningMs } of processes) {
      const before = this.#seen.get(pid);
      if (before !== undefined && before.jobId !== jobId)
        this.spans.push([pid, before.from, at, 'seen', before.name, before.jobId, before.attempt]);
      if (jobId === null) this.#seen.delete(pid);
      else if (before?.jobId !== jobId)
        this.#seen.set(pid, { jobId, name: name ?? 'unknown', attempt, from: at - (runningMs ?? 0) });
    }
    const there = new Set(processes.map(({ pid }) => pid));
    for (const pid of this.#seen.keys()) if (!there.has(pid)) this.#seen.delete(pid);
    this.spans = lastOf(this.spans, MOST_SPANS);
  }
}
