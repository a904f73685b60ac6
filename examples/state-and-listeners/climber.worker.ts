import { Worker } from 'mproc-worker';

export class Climber extends Worker<number, string> {
  static override readonly module = import.meta.url;
  height = 0;
  rope = 10;

  protected override process(summit: number): string {
    this.height += this.rope;
    if (this.height < summit) throw new Error('the rope is too short');
    return `on top with ${this.rope} m of rope`;
  }
}
