import * as prompts from '@clack/prompts';
import { Left } from './left.js';

/** Asks one question that is answered by yes or no. */
export async function confirm(message: string): Promise<boolean> {
  const answer = await prompts.confirm({ message });
  if (typeof answer === 'boolean') return answer;
  prompts.cancel('Nothing was written.');
  throw new Left();
}
