// Rows that are read part by part.
import { type Trouble, troubleOf } from '../lib/api';
import type { Part } from './ask';

export class Rows<Row> {
  rows = $state.raw<Row[] | null>(null);
  next = $state<string | null>(null);
  reading = $state(false);
  trouble = $state.raw<Trouble | null>(null);
  private asked = 0;
  private turned = false;

  constructor(private readonly ask: (cursor: string | null) => Promise<Part<Row>>) {}

  /** Reads from the beginning; what is shown stays until the answer is there. */
  read = (): Promise<void> => this.take(null, []);
  more = (): Promise<void> => this.take(this.next, this.rows ?? []);

  /** Reads anew unless somebody has turned pages: a list must not shrink under a reader. */
  refresh = async (): Promise<void> => {
    if (!this.turned) await this.read();
  };

  private async take(cursor: string | null, before: Row[]): Promise<void> {
    const mine = ++this.asked;
    this.reading = true;
    try {
      const part = await this.ask(cursor);
      if (mine !== this.asked) return; // Something else was chosen meanwhile.
      this.rows = [...before, ...part.rows];
      this.next = part.next;
      this.turned = cursor !== null;
      this.trouble = null;
    } catch (cause) {
      if (mine === this.asked) this.trouble = troubleOf(cause);
    }
    if (mine === this.asked) this.reading = false;
  }
}
