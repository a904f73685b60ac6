import { defineCommand } from 'citty';
import { type CleanEntry, clean } from './clean.js';

export const cleanCommand = defineCommand({
  meta: {
    name: 'clean',
    description: 'List the shared memory of this user, and remove what no living process uses.',
  },
  args: {
    'dry-run': { type: 'boolean', description: 'Remove nothing, only say what would be removed' },
    json: { type: 'boolean', description: 'Print the list as JSON' },
  },
  run({ args }) {
    const entries = clean({ dryRun: args['dry-run'] === true });
    process.stdout.write(args.json ? `${JSON.stringify({ entries })}\n` : table(entries));
  },
});

function table(entries: readonly CleanEntry[]): string {
  if (entries.length === 0) return 'no shared memory of mproc-worker\n';
  const lines = entries.map(({ action, path, reason, pids }) => {
    const users = pids.length === 0 ? '' : ` (pid ${pids.join(', ')})`;
    return `${action.padEnd(12)} ${path}: ${reason}${users}`;
  });
  return `${lines.join('\n')}\n`;
}
