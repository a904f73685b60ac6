const IMPORT = /^import\s+([^'";]+?)\s+from\s+('[^']+');$/gm;
const EXPORTED = /^export (?=(?:async )?(?:class|function\*?|const|let)\s+([\w$]+))/gm;

/** How a module of CommonJS names its own file, where one of ES modules says `import.meta.url`. */
export function withOwnPath(text: string): string {
  const asUrl = text.replace(
    /new URL\('\.\/([^']+)', import\.meta\.url\)\.href/g,
    "pathToFileURL(require.resolve('./$1')).href",
  );
  const named = asUrl.replaceAll('import.meta.url', '__filename');
  return asUrl === text ? named : `import { pathToFileURL } from 'node:url';\n${named}`;
}

/** Puts a program that waits at its top level into a function, as CommonJS has nothing that waits there. */
export function inFunction(text: string): string {
  if (!/\bawait\b/.test(text)) return text;
  const imports = [...text.matchAll(IMPORT)].at(-1);
  const start = imports ? imports.index + imports[0].length : 0;
  const body = text
    .slice(start)
    .trim()
    .split('\n')
    .map((line) => (line === '' ? '' : `  ${line}`));
  return [
    text.slice(0, start).trimEnd(),
    '',
    'async function main() {',
    ...body,
    '}',
    '',
    'main().catch((error) => {',
    '  console.error(error);',
    '  process.exitCode = 1;',
    '});',
    '',
  ].join('\n');
}

/** Writes the imports and exports of a template as `require` and `module.exports`. */
export function toCommonJs(text: string): string {
  const required = text.replace(IMPORT, (_, names: string, from: string) => {
    const pattern = names.startsWith('* as ')
      ? names.slice(5)
      : names.replace(/\bas\b/g, ':').replaceAll(' :', ':');
    const isDefault = !/^[{*]/.test(names);
    return `const ${pattern} = require(${from})${isDefault ? '.default' : ''};`;
  });
  const names = [...required.matchAll(EXPORTED)].map(([, name]) => name);
  const bare = required.replace(EXPORTED, '');
  if (names.length === 0) return bare;
  return `${bare.trimEnd()}\n\nmodule.exports = { ${names.join(', ')} };\n`;
}

/** Has a test, which is an ES module in every project, load the project's own files as they load each other. */
export function requiringOwn(text: string): string {
  const own = [...text.matchAll(IMPORT)].filter(([, , from = '']) => from.startsWith("'."));
  if (own.length === 0) return text;
  const others = own.reduce((rest, [line]) => rest.replace(`${line}\n`, ''), text);
  const last = [...others.matchAll(IMPORT)].at(-1);
  const end = last ? last.index + last[0].length : 0;
  const lines = own.map(([line]) => toCommonJs(line));
  return [
    "import { createRequire } from 'node:module';",
    others.slice(0, end),
    '',
    'const require = createRequire(import.meta.url);',
    ...lines,
    others.slice(end).replace(/^\n/, ''),
  ].join('\n');
}
