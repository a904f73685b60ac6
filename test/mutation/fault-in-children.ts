// The fault that is turned on in this process is turned on in those that it makes.
import { beforeAll } from 'vitest';

beforeAll(() => {
  const { activeMutant } = (globalThis as { __stryker__?: { activeMutant?: string } }).__stryker__ ?? {};
  if (activeMutant === undefined) delete process.env.__STRYKER_ACTIVE_MUTANT__;
  else process.env.__STRYKER_ACTIVE_MUTANT__ = activeMutant;
});
