// One answer of the service, kept while it is asked for again.
import { type Trouble, troubleOf } from './api';

export class Kept<Answer> {
  value = $state.raw<Answer | null>(null);
  trouble = $state.raw<Trouble | null>(null);
  reading = $state(false);
  private asked = 0;

  constructor(private readonly ask: () => Promise<Answer>) {}

  /** Reads; what is shown stays until the answer is there. */
  read = async (): Promise<void> => {
    const mine = ++this.asked;
    this.reading = true;
    try {
      const answer = await this.ask();
      if (mine !== this.asked) return; // Something else was chosen meanwhile.
      this.value = answer;
      this.trouble = null;
    } catch (cause) {
      if (mine !== this.asked) return;
      this.trouble = troubleOf(cause);
    }
    this.reading = false;
  };

  /** Forgets the answer, and whoever is still on the way with another. */
  forget = (): void => {
    this.asked += 1;
    this.value = this.trouble = null;
    this.reading = false;
  };
}
