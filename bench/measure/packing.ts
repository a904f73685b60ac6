import { deserialize, serialize } from 'node:v8';
import { Packr } from 'msgpackr';
import { mustBe } from './result.js';
import type { Codec } from './runtime-source.js';
import { warmUp } from './throughput.js';

/** Packs a value and unpacks it. */
export type Cross = (value: unknown) => unknown;

/** Arguments and results packed and unpacked on one thread: `cross(value)` gives the value's copy. */
export async function packingThroughput(
  name: string,
  cross: Cross,
  inputs: readonly (readonly number[])[],
): Promise<number> {
  await warmUp(() => crossAll(cross, inputs));
  const began = performance.now();
  const results = crossAll(cross, inputs);
  const seconds = (performance.now() - began) / 1000;
  for (let i = 0; i < inputs.length; i += 1) mustBe(`${name}: result ${i}`, results[i], 4 * i + 6);
  return inputs.length / seconds;
}

function crossAll(cross: Cross, inputs: readonly (readonly number[])[]): unknown[] {
  const results: unknown[] = [];
  for (const input of inputs) {
    const [a, b, c, d] = cross(input) as [number, number, number, number];
    results.push(cross(a + b + c + d));
  }
  return results;
}

/** By the runtime's own format. */
export function crossWith({ packInto, unpack }: Codec): Cross {
  const memory = Buffer.alloc(1024);
  return (value) => unpack(memory, 0, packInto(memory, 0, value, 'value'));
}

const packr = new Packr();

export function crossWithMsgpackr(value: unknown): unknown {
  return packr.unpack(packr.pack(value));
}

export function crossWithV8(value: unknown): unknown {
  return deserialize(serialize(value));
}
