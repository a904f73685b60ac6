/** Why a value is among the dead letters; the numbers are written in units. */
export const DeathReason = {
  Expired: 1,
  Nacked: 2,
  SentByHolder: 3,
  OwnerDied: 4,
  Unreadable: 5,
  DamagedState: 6,
} as const;

export type DeathReason = (typeof DeathReason)[keyof typeof DeathReason];

const TEXTS: Record<DeathReason, string> = {
  [DeathReason.Expired]: 'handed out as often as allowed; the last lease ended',
  [DeathReason.Nacked]: 'handed out as often as allowed; the last holder gave it back',
  [DeathReason.SentByHolder]: 'its holder sent it to the dead letters',
  [DeathReason.OwnerDied]: 'handed out as often as allowed; the last holder died',
  [DeathReason.Unreadable]: 'its record is broken, or of an unknown version',
  [DeathReason.DamagedState]: 'its state in memory was overwritten',
};

export function deathReasonText(reason: number): string {
  return TEXTS[reason as DeathReason] ?? `unknown reason ${reason}`;
}
