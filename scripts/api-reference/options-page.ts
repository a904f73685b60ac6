import type { InterfaceDeclaration, PropertySignature } from 'ts-morph';
import { cell, code, docstringOf, prose } from './docstring.js';
import { interfaceOf, type PublicEntries } from './public-entries.js';

interface Section {
  readonly title: string;
  readonly names: readonly string[];
  readonly says?: string;
}

/** Each call that takes options, and the interfaces that they are of. */
export const SECTIONS: readonly Section[] = [
  {
    title: 'new ProcessPool',
    names: ['PoolOptions'],
    says: '`new ProcessPool(4)` is `new ProcessPool({ processes: 4 })`.',
  },
  { title: 'keepFailed', names: ['KeepFailedOptions'], says: 'An option of `new ProcessPool`.' },
  { title: 'keep', names: ['KeepOptions'], says: 'An option of `new ProcessPool`.' },
  { title: 'map', names: ['MapOptions'] },
  { title: 'imap and imapUnordered', names: ['ImapOptions'] },
  { title: 'run', names: ['RunOptions'] },
  { title: 'submit', names: ['SubmitOptions'] },
  { title: 'flow', names: ['FlowNode'], says: 'A job of a flow.' },
  { title: 'schedule', names: ['ScheduleOptions'] },
  { title: 'history', names: ['HistoryOptions'] },
  { title: 'broadcast', names: ['BroadcastOptions'] },
  { title: 'trace', names: ['TraceOptions'] },
  { title: 'defineWorker', names: ['DefineOptions'] },
  { title: 'moduleWorker', names: ['FunctionOptions'] },
  { title: 'new RetryStrategy', names: ['RetryOptions'] },
  { title: 'backoff', names: ['Backoff'], says: 'An option of `new RetryStrategy`.' },
  {
    title: 'new SharedMemoryQueue',
    names: ['SharedMemoryQueueOptions'],
    says: 'The second argument, after the name.',
  },
  {
    title: 'sharedMemoryQueue',
    names: ['SharedMemoryQueuesOptions'],
    says: 'What `new SharedMemoryQueue` takes, and this.',
  },
  { title: 'queue.put', names: ['PutOptions'] },
  { title: 'queue.reserve', names: ['ReserveOptions'] },
  { title: 'queue.nack', names: ['NackOptions'] },
  { title: 'queue.history.list', names: ['HistoryFilter'] },
  {
    title: 'A factory of queues',
    names: ['QueueFactoryOptions'],
    says: 'What a pool hands to the function in its option `queues`.',
  },
  { title: 'instrument', names: ['OtelOptions'], says: 'Of `mproc-worker/otel`.' },
  { title: 'describeQueue', names: ['QueueKitOptions'], says: 'Of `mproc-worker/testing`.' },
];

const INTRODUCTION = `# Options

Made from the sources by \`npm run docs:api\`. Names that end in \`Ms\` are milliseconds, names that end in \`Bytes\` are bytes.
An option that is not known, or has a value that is not allowed, is refused with \`ERR_OPTION\` before anything runs; the message
names the option and what was expected. Other errors that an option leads to are named with it.`;

export function optionsPage(entries: PublicEntries): string {
  return `${[INTRODUCTION, ...SECTIONS.map((section) => sectionOf(entries, section))].join('\n\n')}\n`;
}

function sectionOf(entries: PublicEntries, { title, names, says }: Section): string {
  const rows = names.flatMap((name) => propertiesOf(interfaceOf(entries, name))).map(rowOf);
  return [
    `## ${title}`,
    ...(says === undefined ? [] : ['', says]),
    '',
    '| option | value | default | what it does |',
    '| --- | --- | --- | --- |',
    ...rows,
  ].join('\n');
}

/** Its own and those that it takes over, its own first. */
export function propertiesOf(of: InterfaceDeclaration): PropertySignature[] {
  const taken = of.getBaseDeclarations().flatMap((base) => propertiesOf(base as InterfaceDeclaration));
  return [...of.getProperties(), ...taken].filter((property) => !docstringOf(property).isInternal);
}

function rowOf(property: PropertySignature): string {
  const { text, tags } = docstringOf(property);
  const none = property.hasQuestionToken() ? 'none' : 'must be given';
  const errors = (tags.get('throws') ?? []).map((error) => ` Error: ${error}.`).join('');
  const cells = [
    code(property.getName()),
    typeOf(property),
    prose(cell(tags.get('default')?.[0] ?? none)),
    prose(cell(`${text}${errors}`)),
  ];
  return `| ${cells.join(' | ')} |`;
}

function typeOf(property: PropertySignature): string {
  const type = property.getTypeNode()?.getText() ?? 'unknown';
  const name = property.getName();
  if (type === 'number' && name.endsWith('Ms')) return 'milliseconds';
  if (type === 'number' && name.endsWith('Bytes')) return 'bytes';
  return code(type);
}
