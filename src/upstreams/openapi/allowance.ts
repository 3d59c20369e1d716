import { UpstreamError } from '../upstream.error.js';

/** How many characters may be written of arguments: an encoding may write more of them than came, and names repeat. */
export class Allowance {
  private left: number;

  /** @param where what is written, as a caller is told of it */
  constructor(
    private readonly characters: number,
    private readonly where: string,
  ) {
    this.left = characters;
  }

  /** @throws UpstreamError `refused` when that is more than is left. */
  take(characters: number): void {
    this.left -= characters;
    if (this.left >= 0) return;
    const most = this.characters.toLocaleString('en');
    throw new UpstreamError('refused', `The arguments make more than ${most} characters of ${this.where}`);
  }
}
