/** How one file of a project imports another, before its style gives the path another ending: `../workers/sums.worker.ts`. */
export function importPath(from: string, to: string): string {
  const above = from.split('/').slice(0, -1);
  const target = to.split('/');
  let shared = 0;
  while (shared < above.length && above[shared] === target[shared]) shared++;
  const up = above.length - shared;
  return `${up === 0 ? './' : '../'.repeat(up)}${target.slice(shared).join('/')}`;
}
