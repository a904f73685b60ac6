/** The generator's own places in a project. */
export const STATE_FOLDER = '.mproc';
export const LOCK = '.mproc/lock';
/** A change on its way. With `commit.json` in it the change counts as made and is finished by whoever comes next. */
export const JOURNAL = '.mproc/journal';
/** Changes that were made and can be taken back, numbered. */
export const UNDO = '.mproc/undo';
/** What is being deleted: renamed to this first, so that it is gone at once. */
export const TRASH = '.mproc/trash';
/** Keeps all of the above out of version control. */
export const STATE_GITIGNORE = '.mproc/.gitignore';
export const STATE_GITIGNORE_TEXT = 'lock*\njournal*\nundo/\ntrash*\n';
