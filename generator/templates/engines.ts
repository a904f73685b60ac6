import { templateFolders } from './tree.js';

/** Queue engines there are templates for; a further folder is a further engine. */
export function queueEngines(): string[] {
  const preferred = ['shared-memory', 'sqlite'];
  const found = templateFolders('queue').filter((name) => name !== 'blank' && !preferred.includes(name));
  return [...preferred, ...found, 'blank'];
}

/** Whole projects there are templates for. */
export const PROJECT_TEMPLATES = ['sums', 'crawler', 'files', 'minimal'] as const;

export const ABOUT_TEMPLATE: Record<(typeof PROJECT_TEMPLATES)[number], string> = {
  sums: 'adds numbers up in chunks, with a retry',
  crawler: 'fetches pages; a listener repairs what fails',
  files: 'counts the words of all files in given folders, with progress',
  minimal: 'one function, and nothing to take out again',
};
