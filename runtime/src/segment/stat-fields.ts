/** The fields of `/proc/<pid>/stat`, or of a thread's, from the state on; the name before them may hold anything. */
export function statFields(stat: string): string[] {
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}
