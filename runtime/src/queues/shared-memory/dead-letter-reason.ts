/** Why a value is among the dead letters; the numbers are written in cells. */
export const DeadLetterReason = {
  Expired: 1,
  Nacked: 2,
  SentByHolder: 3,
  OwnerDied: 4,
  Unreadable: 5,
  DamagedState: 6,
  SaidByHolder: 7,
} as const;

export type DeadLetterReason = (typeof DeadLetterReason)[keyof typeof DeadLetterReason];

const TEXTS: Record<DeadLetterReason, string> = {
  [DeadLetterReason.Expired]: 'handed out as often as allowed; the last lease ended',
  [DeadLetterReason.Nacked]: 'handed out as often as allowed; the last holder gave it back',
  [DeadLetterReason.SentByHolder]: 'its holder sent it to the dead letters',
  [DeadLetterReason.OwnerDied]: 'handed out as often as allowed; the last holder died',
  [DeadLetterReason.Unreadable]: 'its record is broken, or of an unknown version',
  [DeadLetterReason.DamagedState]: 'its state in memory was overwritten',
  [DeadLetterReason.SaidByHolder]: 'its holder sent it to the dead letters, and why cannot be read',
};

export function deadLetterReasonText(reason: number): string {
  return TEXTS[reason as DeadLetterReason] ?? `unknown reason ${reason}`;
}
