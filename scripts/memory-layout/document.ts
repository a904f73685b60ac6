import { type Field, fieldBytes, type Layout, type SegmentLayout } from '../../runtime/src/layout/layout.js';
import { picture, segmentPicture } from './picture.js';

const INTRODUCTION = `# Layout of the shared memory

<!-- Made from the tables in the sources by \`node --import tsx scripts/memory-layout.ts\`; a test holds it to them. -->

Every segment starts with a magic and a layout version: a segment with another magic is refused with
\`ERR_SEGMENT_CORRUPT\`, one with another version with \`ERR_SEGMENT_VERSION\`. The offsets below are those the code uses:
both come from the same table. All words are little-endian, as on every machine that Node.js runs on here.
`;

/** The text of docs/memory-layout.md. */
export function memoryLayoutDocument(segments: readonly SegmentLayout[]): string {
  return `${[INTRODUCTION, ...segments.map(segmentSection)].join('\n').trimEnd()}\n`;
}

function segmentSection(segment: SegmentLayout): string {
  const layouts = new Set(Object.values(segment.parts).map((part) => part.layout));
  const magic = `0x${(segment.magic >>> 0).toString(16)}`;
  return [
    `## ${segment.name}`,
    '',
    segment.doc,
    '',
    `Magic \`${magic}\`, version ${segment.version}.`,
    '',
    fenced(segmentPicture(segment)),
    ...(segment.notes ? [segment.notes.trim(), ''] : []),
    ...[...layouts].map(layoutSection),
  ].join('\n');
}

function layoutSection(layout: Layout): string {
  const rows = (Object.entries(layout.fields) as [string, Field][]).map(([name, field]) => {
    const type = (field.count ?? 1) === 1 ? field.type : `${field.type} × ${field.count}`;
    return `| ${layout.byte[name]} | ${fieldBytes(field)} | \`${name}\` | ${type} | ${field.doc} | ${field.writer} |`;
  });
  return [
    `### ${layout.name}`,
    '',
    `${layout.doc} ${layout.lengthBytes} bytes.`,
    '',
    fenced(picture(layout)),
    '| byte | bytes | field | type | what it is | who writes it |',
    '| ---: | ---: | --- | --- | --- | --- |',
    ...rows,
    '',
  ].join('\n');
}

function fenced(text: string): string {
  return `\`\`\`text\n${text}\n\`\`\`\n`;
}
