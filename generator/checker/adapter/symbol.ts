import type { ts } from 'ts-morph';
import type { CodeNode, CodeSymbol, Origin } from './contract.js';
import type { Program } from './program.js';

/** A symbol of the compiler, aliases followed. */
export class TreeSymbol implements CodeSymbol {
  readonly #program: Program;
  readonly #symbol: ts.Symbol;
  #origin: Origin | undefined;

  constructor(program: Program, symbol: ts.Symbol) {
    this.#program = program;
    this.#symbol = symbol;
  }

  get key(): object {
    return this.#symbol;
  }

  get name(): string {
    return this.#symbol.name;
  }

  get declarations(): readonly CodeNode[] {
    return this.#program.declarationsOf(this.#symbol);
  }

  get origin(): Origin {
    this.#origin ??= this.#program.originOf(this.#symbol);
    return this.#origin;
  }
}
