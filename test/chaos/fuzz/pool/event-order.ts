import { JobEvent, type JobEventDetail } from 'mproc-worker';

type Heard = Pick<JobEventDetail, 'type' | 'attempt'>;

/** Events of jobs, as listeners in the parent hear them. */
export class EventOrder {
  readonly #heard = new Map<string, Heard[]>();

  hear({ jobId, type, attempt }: JobEventDetail): void {
    const heard = this.#heard.get(jobId);
    if (heard === undefined) this.#heard.set(jobId, [{ type, attempt }]);
    else heard.push({ type, attempt });
  }

  /** @param mayBeginAgain an attempt that ended with a neighbour's process does not count, and is made again */
  problems(mayBeginAgain: boolean): string[] {
    return [...this.#heard].flatMap(([jobId, heard]) => {
      const problem = wrongOrder(heard, mayBeginAgain);
      if (problem === undefined) return [];
      const shown = heard.map(({ type, attempt }) => `${type.slice(10)}(${attempt})`).join(' ');
      return [`events of job ${jobId}: ${problem}: ${shown}`];
    });
  }
}

const LAST: readonly JobEvent[] = [JobEvent.Success, JobEvent.Failed, JobEvent.Canceled];

/** An attempt whose process died may have told nothing of its beginning. */
function wrongOrder(heard: readonly Heard[], mayBeginAgain: boolean): string | undefined {
  let attempt = 1;
  let begun: JobEvent | undefined;
  for (const [at, event] of heard.entries()) {
    if (LAST.includes(heard[at - 1]?.type as JobEvent)) return `${event.type} after the end`;
    if (event.attempt !== attempt) return `attempt ${event.attempt} where ${attempt} was due`;
    switch (event.type) {
      case JobEvent.Start:
        if (begun !== undefined && !mayBeginAgain) return 'started twice in one attempt';
        begun = event.type;
        break;
      case JobEvent.Running:
        if (begun !== JobEvent.Start) return 'runs without a start';
        begun = event.type;
        break;
      case JobEvent.Success:
        if (begun !== JobEvent.Running) return 'succeeded and did not run';
        break;
      case JobEvent.Retry:
        attempt += 1;
        begun = undefined;
        break;
      case JobEvent.Canceled:
        if (at > 0) return 'was canceled and had begun';
        break;
    }
  }
  return undefined;
}
