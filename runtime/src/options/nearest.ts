/** The name that is meant, where another was typed with some letters wrong; `undefined` where none is like it. */
export function nearest(name: string, known: readonly string[]): string | undefined {
  const [first] = [...known].sort((a, b) => distance(name, a) - distance(name, b));
  return first !== undefined && distance(name, first) <= name.length / 2 ? first : undefined;
}

/** How many letters have to be added, taken away or changed. */
function distance(a: string, b: string): number {
  let above = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const changed = above[j - 1]! + (a[i - 1]!.toLowerCase() === b[j - 1]!.toLowerCase() ? 0 : 1);
      row.push(Math.min(changed, above[j]! + 1, row[j - 1]! + 1));
    }
    above = row;
  }
  return above[b.length]!;
}
