export function pathsBelow(folder: string, without?: RegExp): string[];
