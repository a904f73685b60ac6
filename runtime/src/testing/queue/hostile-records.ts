import { describe, expect, test } from 'vitest';
import { PUT_RECORDS, type WithRecords } from '../../queues/engine/put-records.js';
import { eventually, expectNothing, type Kit, takeAll } from './kit.js';

const RECORDS = {
  'that is no JSON': '{"half": ',
  'of an unknown version': '{"$mproc":999,"value":1}',
  'with an unknown tag': '{"$mproc":1,"value":{"$":"function","code":"process.exit(9)"}}',
  'that would change a prototype': '{"__proto__":{"polluted":true}}',
  'that would change a prototype by another spelling': '{"\\u005f_proto__":{"polluted":true}}',
  'that spells a prototype by still other signs': '{"__\\u0070roto__":{"polluted":true}}',
  'that is blank': ' ',
  'of a version that is no number': '{"$mproc":"1","value":1}',
  'without its value': '{"$mproc":1}',
  'with parts of wrong types': '{"$mproc":1,"value":{"$":"map","entries":7}}',
  'that points to what is not in it': '{"$mproc":1,"value":[{"$":"ref","to":9}]}',
  'that is nested too deeply': `{"$mproc":1,"value":${'['.repeat(50_000)}${']'.repeat(50_000)}}`,
  'that is long and breaks off': `["${'x'.repeat(300_000)}`,
};

export function describeHostileRecords(kit: Kit): void {
  const { insertHostile } = kit.options;
  if (insertHostile === false) return;
  describe('records put there by others', () => {
    test.for(Object.entries(RECORDS))(
      'a record %s goes to the dead letters, its neighbours live',
      async ([, record], context) => {
        const queue = kit.open();
        const putRecords = (queue as Partial<WithRecords>)[PUT_RECORDS];
        if (insertHostile === undefined && putRecords === undefined)
          return context.skip('nothing puts records by hand: give `insertHostile`');
        await queue.put(['before']);
        if (insertHostile !== undefined) await insertHostile(queue.name, record);
        else await putRecords?.call(queue, [record]);
        await queue.put(['after']);
        expect((await takeAll(queue, 2)).sort()).toEqual(['after', 'before']);
        await expectNothing(queue);
        expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
        if (!queue.supports.dead) return;
        const [letter] = await eventually(async () => {
          const letters = await queue.dead.getAll();
          expect(letters).toHaveLength(1);
          return letters;
        });
        expect(letter?.value).toBeUndefined();
        expect(letter?.reason).not.toBe('');
        // Who puts it back without having read it has it back, and nothing else is harmed.
        expect(await queue.dead.requeue()).toBe(1);
        await queue.put(['later']);
        expect(await takeAll(queue, 1)).toEqual(['later']);
        await eventually(async () => expect(await queue.counts()).toMatchObject({ leased: 0, dead: 1 }));
      },
    );
  });
}
