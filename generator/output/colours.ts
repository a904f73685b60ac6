import picocolors from 'picocolors';

export type Colours = ReturnType<typeof picocolors.createColors>;

/** Colours on a terminal, none with `NO_COLOR`, and always with `FORCE_COLOR`. */
export function coloursFor(environment: NodeJS.ProcessEnv, isTerminal: boolean): Colours {
  const forced = environment.FORCE_COLOR;
  const refused = environment.NO_COLOR;
  if (refused !== undefined && refused !== '') return picocolors.createColors(false);
  if (forced !== undefined && forced !== '' && forced !== '0') return picocolors.createColors(true);
  return picocolors.createColors(isTerminal && environment.TERM !== 'dumb');
}
