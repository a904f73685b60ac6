/** The fields of a record of this version, of which nothing else is known; `undefined` for what is none. */
export function versioned<Record extends { readonly version: 1 }>(
  value: unknown,
): Partial<Record> | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const record = value as Partial<Record>;
  return record.version === 1 ? record : undefined;
}
