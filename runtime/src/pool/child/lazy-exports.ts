/**
 * What a process of a pool has of the library without having loaded it, by name: `import` and `require` get the same.
 * See in-child.ts, of which there is one file for each.
 */
export const lazyExports = new Map<string, unknown>();
