import type { SerializedError } from 'vitest';
import type { Reporter, TestModule } from 'vitest/node';

/** Says in one line each what has failed, as the last of a run: where only the end of its output is kept, that is what is asked for. */
export class FailuresLast implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly SerializedError[]): void {
    const lines = modules.flatMap((module) => [
      ...module.errors().map((error) => `${module.relativeModuleId}: ${firstLine(error)}`),
      ...[...module.children.allTests('failed')].map((test) => {
        const [error] = test.result().errors ?? [];
        return `${module.relativeModuleId} > ${test.fullName}: ${firstLine(error)}`;
      }),
    ]);
    if (unhandled.length > 0)
      lines.push(`errors outside of tests: ${unhandled.length}, ${firstLine(unhandled[0])}`);
    if (lines.length > 0) process.stdout.write(`\nFailed:\n${lines.map((line) => `  ${line}\n`).join('')}`);
  }
}

function firstLine(error: { message?: string } | undefined): string {
  return (error?.message ?? '').split('\n', 1)[0]!.slice(0, 300);
}
