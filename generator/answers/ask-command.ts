import * as prompts from '@clack/prompts';
import type { CommandSpec } from '../cli/schema.js';
import { Left } from './left.js';

/** Asks which of several commands that begin with the same word is meant. @returns its second word */
export async function askCommand(commands: readonly CommandSpec[]): Promise<string> {
  const first = commands[0]?.words[0] ?? '';
  const answer = await prompts.select({
    message: `What do you want to ${first}?`,
    options: commands.map(({ words, about }) => ({
      value: words[1] ?? '',
      label: words[1] ?? '',
      hint: about,
    })),
  });
  if (typeof answer === 'string') return answer;
  prompts.cancel('Nothing was written.');
  throw new Left();
}
