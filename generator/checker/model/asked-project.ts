import type { WholeProject } from './whole-project.js';

interface Question {
  readonly method: keyof WholeProject;
  readonly given: readonly never[];
}

type Methods = Readonly<Record<keyof WholeProject, (...given: readonly never[]) => unknown>>;

/** Asks the whole project, and keeps what was asked with the answers: where they stay, so does what follows from them. */
export class AskedProject implements WholeProject {
  readonly #whole: WholeProject;
  readonly #answers = new Map<string, string>();

  constructor(whole: WholeProject) {
    this.#whole = whole;
  }

  usersOf = this.#noted('usersOf');
  bindersOf = this.#noted('bindersOf');
  workersNamed = this.#noted('workersNamed');
  findsByName = this.#noted('findsByName');
  derivedFrom = this.#noted('derivedFrom');
  isTested = this.#noted('isTested');
  isTestedOutside = this.#noted('isTestedOutside');

  /** By question. */
  get answers(): ReadonlyMap<string, string> {
    return this.#answers;
  }

  #noted<K extends keyof WholeProject>(method: K): WholeProject[K] {
    const ask = (...given: readonly never[]): unknown => {
      const question: Question = { method, given };
      const answer = (this.#whole as unknown as Methods)[method](...given);
      this.#answers.set(JSON.stringify(question), JSON.stringify(answer));
      return answer;
    };
    return ask as WholeProject[K];
  }
}

/** Whether a project still answers as it did. */
export function answersAsBefore(whole: WholeProject, answers: ReadonlyMap<string, string>): boolean {
  return [...answers].every(([question, answer]) => {
    const { method, given } = JSON.parse(question) as Question;
    return JSON.stringify((whole as unknown as Methods)[method](...given)) === answer;
  });
}
