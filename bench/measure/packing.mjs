import { deserialize, serialize } from 'node:v8';
import { Packr } from 'msgpackr';
import { mustBe } from './result.mjs';
import { warmUp } from './throughput.mjs';

/** Arguments and results packed and unpacked on one thread: `cross(value)` gives the value's copy. */
export async function packingThroughput(name, cross, inputs) {
  await warmUp(() => crossAll(cross, inputs));
  const began = performance.now();
  const results = crossAll(cross, inputs);
  const seconds = (performance.now() - began) / 1000;
  for (let i = 0; i < inputs.length; i += 1) mustBe(`${name}: result ${i}`, results[i], 4 * i + 6);
  return inputs.length / seconds;
}

function crossAll(cross, inputs) {
  const results = [];
  for (const input of inputs) {
    const numbers = cross(input);
    results.push(cross(numbers[0] + numbers[1] + numbers[2] + numbers[3]));
  }
  return results;
}

/** By the runtime's own format. */
export function crossWith({ packInto, unpack }) {
  const memory = Buffer.alloc(1024);
  return (value) => unpack(memory, 0, packInto(memory, 0, value, 'value'));
}

const packr = new Packr();

export function crossWithMsgpackr(value) {
  return packr.unpack(packr.pack(value));
}

export function crossWithV8(value) {
  return deserialize(serialize(value));
}
